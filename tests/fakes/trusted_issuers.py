"""Trusted issuers in memory. `records` may be those of FakeIdentities, which looks callers up."""

from collections.abc import Collection
from dataclasses import dataclass, field

from maas.domain.clock import now
from maas.domain.identity.actors import Actor
from maas.domain.identity.exchanges import token_exchanged
from maas.domain.identity.id_tokens import IdToken
from maas.domain.identity.identity_event import IdentityEvent
from maas.domain.identity.principals import Scope
from maas.domain.identity.races import Outdated
from maas.domain.identity.trusted_issuers import TrustedIssuer
from maas.domain.quotas import Quota, Usage, exceeded


@dataclass
class FakeTrustedIssuers:
    records: dict[tuple[str, str], TrustedIssuer] = field(default_factory=dict)
    exchanges: list[IdentityEvent] = field(default_factory=list)

    def add(self, trusted: TrustedIssuer, limit: int) -> None:
        if len(self.page(trusted.tenant_id, limit=limit, after="")) >= limit:
            raise exceeded(Usage(Quota.TRUSTED_ISSUERS, limit, limit))
        self.records[trusted.tenant_id, trusted.id] = trusted

    def get(self, tenant_id: str, issuer_id: str) -> TrustedIssuer | None:
        return self.records.get((tenant_id, issuer_id))

    def page(self, tenant_id: str, *, limit: int, after: str) -> list[TrustedIssuer]:
        behind = sorted(key for key in self.records if key[0] == tenant_id and key[1] > after)
        return [self.records[key] for key in behind][:limit]

    def change(self, read: TrustedIssuer, changed: TrustedIssuer) -> None:
        if self.records.get((read.tenant_id, read.id)) != read:
            raise Outdated
        self.records[read.tenant_id, read.id] = changed

    def note_exchange(self, trusted: TrustedIssuer, token: IdToken, scopes: Collection[Scope]) -> bool:
        stored = self.records.get((trusted.tenant_id, trusted.id))
        if stored is None or stored.disabled:
            return False
        self.exchanges.append(token_exchanged(trusted, token, scopes, Actor(trusted.service_account_id), now()))
        return True

    def remove(self, trusted: TrustedIssuer) -> bool:
        return self.records.pop((trusted.tenant_id, trusted.id), None) is not None
