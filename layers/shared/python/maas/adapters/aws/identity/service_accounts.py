"""Service accounts in the identity table: members without an address, counted in the organization's item."""

from itertools import islice

from maas.adapters.aws.identity.events import event
from maas.adapters.aws.identity.members import as_read
from maas.adapters.aws.identity.quotas import counted
from maas.adapters.aws.identity.table import IdentityTable, Refused, Write
from maas.domain.identity.accounts import MemberKind, User
from maas.domain.identity.races import Outdated
from maas.domain.quotas import Quota, Usage, exceeded
from maas.wire.identity import accounts as items

_EXISTS = "attribute_exists(pk)"


class DynamoServiceAccounts:
    """The ServiceAccounts port."""

    def __init__(self, table: IdentityTable) -> None:
        self._identity = table

    def add(self, account: User, limit: int) -> None:
        full = exceeded(Usage(Quota.SERVICE_ACCOUNTS, limit, limit))
        new = {"Item": items.user_item(account), "ConditionExpression": "attribute_not_exists(pk)"}
        writes = [counted(account.tenant_id, items.SERVICE_ACCOUNT_COUNTER, 1, full, limit), Write("Put", new)]
        self._identity.transact(writes, [event(None, account)])

    def account(self, tenant_id: str, account_id: str) -> User | None:
        item = self._identity.get(items.user_key(tenant_id, account_id))
        found = None if item is None else items.user_of(tenant_id, account_id, item)
        return found if found and found.kind is MemberKind.SERVICE else None

    def page(self, tenant_id: str, *, limit: int, after: str) -> list[User]:
        stored = self._identity.listed(items.user_key(tenant_id, ""), after)
        members = (items.user_of(tenant_id, user_id, item) for user_id, item in stored)
        return list(islice((each for each in members if each.kind is MemberKind.SERVICE), limit))

    def change(self, read: User, changed: User) -> None:
        condition, values = as_read(read)
        after = {":name": changed.name, ":new": sorted(changed.roles), ":off": changed.disabled}
        update = {
            "Key": items.user_key(read.tenant_id, read.id),
            "UpdateExpression": "SET #name = :name, #roles = :new, #off = :off",
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {"#name": "name", "#roles": "roles", "#off": "disabled"},
            "ExpressionAttributeValues": {**values, **after},
        }
        self._identity.transact([Write("Update", update, Outdated())], [event(read, changed)])

    def remove(self, account: User) -> bool:
        gone = Refused()
        key = items.user_key(account.tenant_id, account.id)
        writes = [
            Write("Delete", {"Key": key, "ConditionExpression": _EXISTS}, gone),
            counted(account.tenant_id, items.SERVICE_ACCOUNT_COUNTER, -1, gone),
        ]
        return self._identity.commits(writes, [event(account, None)])
