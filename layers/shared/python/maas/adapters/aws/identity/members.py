"""Members of organizations in the identity table. The organization's item counts its active admins."""

from typing import Any

from maas.adapters.aws.identity.addresses import without_membership
from maas.adapters.aws.identity.events import event
from maas.adapters.aws.identity.table import IdentityTable, Write, first_page
from maas.domain.identity.accounts import User
from maas.domain.identity.members import MemberFilter, is_active_admin, last_admin
from maas.domain.identity.races import Outdated
from maas.wire.identity import accounts as items

NAMES = {"#roles": "roles", "#off": "disabled", "#name": "name"}


class DynamoMembers:
    """The Members port."""

    def __init__(self, table: IdentityTable) -> None:
        self._table = table

    def page(self, tenant_id: str, narrowed: MemberFilter, *, limit: int, after: str) -> tuple[list[User], str]:
        stored = self._table.listed(items.user_key(tenant_id, ""), after)
        users = (items.user_of(tenant_id, user_id, item) for user_id, item in stored)
        return first_page((user for user in users if narrowed.takes(user)), limit, lambda user: user.id)

    def member(self, tenant_id: str, user_id: str) -> User | None:
        item = self._table.get(items.user_key(tenant_id, user_id))
        return None if item is None else items.user_of(tenant_id, user_id, item)

    def change(self, read: User, changed: User) -> None:
        condition, values = as_read(read)
        update = "SET #roles = :new"
        if changed.sessions_after and changed.sessions_after != read.sessions_after:
            update, values[":at"] = f"{update}, sessions_after = :at", changed.sessions_after.isoformat()
        change = {
            "Key": items.user_key(read.tenant_id, read.id),
            "UpdateExpression": update + (", #off = :true" if changed.disabled else " REMOVE #off"),
            "ConditionExpression": condition,
            "ExpressionAttributeNames": NAMES,
            "ExpressionAttributeValues": {**values, ":new": sorted(changed.roles)},
        }
        self._table.transact([Write("Update", change, Outdated()), *admin_count(read, changed)], [event(read, changed)])

    def remove(self, read: User) -> None:
        condition, values = as_read(read)
        member = {
            "Key": items.user_key(read.tenant_id, read.id),
            "ConditionExpression": condition,
            "ExpressionAttributeNames": NAMES,
            "ExpressionAttributeValues": values,
        }
        address = without_membership(self._table, read)
        writes = [Write("Delete", member, Outdated()), *address, *admin_count(read, None)]
        self._table.transact(writes, [event(read, None)])


def admin_count(before: User | None, after: User | None) -> list[Write]:
    """The write that counts an active admin more or less, if the change of a member is one.

    An organization without the count has one: until members could be invited, each had its founder alone.
    """
    change = int(after is not None and is_active_admin(after)) - int(before is not None and is_active_admin(before))
    member = after or before
    if not change or member is None:
        return []
    values: dict[str, Any] = {":one": 1, ":change": change}
    update = {
        "Key": items.organization_key(member.tenant_id),
        "UpdateExpression": "SET admins = if_not_exists(admins, :one) + :change",
        "ConditionExpression": "attribute_exists(pk)" if change > 0 else "admins > :one",
        "ExpressionAttributeValues": values,
    }
    return [Write("Update", update, last_admin() if change < 0 else Outdated())]


def as_read(read: User) -> tuple[str, dict[str, Any]]:
    """The condition that name, roles and state are those of `read`, as its event says, with its values."""
    state = "#off = :true" if read.disabled else "(attribute_not_exists(#off) OR #off <> :true)"
    values = {":roles": sorted(read.roles), ":true": True, ":was": read.name}
    return f"#name = :was AND #roles = :roles AND {state}", values
