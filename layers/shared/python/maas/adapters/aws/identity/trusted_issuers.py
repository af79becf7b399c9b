"""Trusted issuers in the identity table, counted in the organization's item."""

from collections.abc import Collection
from itertools import islice

from maas.adapters.aws.identity.conditions import unchanged
from maas.adapters.aws.identity.events import event
from maas.adapters.aws.identity.quotas import counted
from maas.adapters.aws.identity.table import IdentityTable, Refused, Write
from maas.domain.clock import now
from maas.domain.identity.credentials import ISSUER, credential_of
from maas.domain.identity.exchanges import token_exchanged
from maas.domain.identity.id_tokens import IdToken
from maas.domain.identity.principals import Scope
from maas.domain.identity.races import Outdated
from maas.domain.identity.trusted_issuers import TrustedIssuer
from maas.domain.quotas import Quota, Usage, exceeded
from maas.platform.request_context import actor
from maas.wire.identity import accounts
from maas.wire.identity import trusted_issuers as items

_EXISTS = "attribute_exists(pk)"


class DynamoTrustedIssuers:
    """The TrustedIssuers port."""

    def __init__(self, table: IdentityTable) -> None:
        self._identity = table

    def add(self, trusted: TrustedIssuer, limit: int) -> None:
        full = exceeded(Usage(Quota.TRUSTED_ISSUERS, limit, limit))
        new = {"Item": items.issuer_item(trusted), "ConditionExpression": "attribute_not_exists(pk)"}
        writes = [counted(trusted.tenant_id, accounts.TRUSTED_ISSUER_COUNTER, 1, full, limit), Write("Put", new)]
        self._identity.transact(writes, [event(None, trusted)])

    def get(self, tenant_id: str, issuer_id: str) -> TrustedIssuer | None:
        item = self._identity.get(items.issuer_key(tenant_id, issuer_id))
        return None if item is None else items.issuer_of(tenant_id, issuer_id, item)

    def page(self, tenant_id: str, *, limit: int, after: str) -> list[TrustedIssuer]:
        stored = self._identity.listed(items.issuer_key(tenant_id, ""), after)
        return [items.issuer_of(tenant_id, issuer_id, item) for issuer_id, item in islice(stored, limit)]

    def change(self, read: TrustedIssuer, changed: TrustedIssuer) -> None:
        before, key = items.issuer_item(read), items.issuer_key(read.tenant_id, read.id)
        names = [name for name in {**before, **dict.fromkeys(items.OPTIONAL)} if name not in key]
        put = {"Item": items.issuer_item(changed), **unchanged(before, names)}
        self._identity.transact([Write("Put", put, Outdated())], [event(read, changed)])

    def note_exchange(self, trusted: TrustedIssuer, token: IdToken, scopes: Collection[Scope]) -> bool:
        key = items.issuer_key(trusted.tenant_id, trusted.id)
        check = {"Key": key, "ConditionExpression": f"{_EXISTS} AND attribute_not_exists(disabled)"}
        by = actor(trusted.tenant_id, trusted.service_account_id, credential_of(ISSUER, trusted.id))
        made = token_exchanged(trusted, token, scopes, by, now())
        return self._identity.commits([Write("ConditionCheck", check)], [made])

    def remove(self, trusted: TrustedIssuer) -> bool:
        gone = Refused()
        key = items.issuer_key(trusted.tenant_id, trusted.id)
        writes = [
            Write("Delete", {"Key": key, "ConditionExpression": _EXISTS}, gone),
            counted(trusted.tenant_id, accounts.TRUSTED_ISSUER_COUNTER, -1, gone),
        ]
        return self._identity.commits(writes, [event(trusted, None)])
