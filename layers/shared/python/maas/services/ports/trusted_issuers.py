"""Trusted issuers of organizations, and the ID tokens of issuers. Every method may raise Unavailable."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from maas.domain.identity.id_tokens import IdToken
from maas.domain.identity.principals import Scope
from maas.domain.identity.trusted_issuers import TrustedIssuer


class TrustedIssuers(Protocol):
    """Records of the identity store. Reads are strongly consistent."""

    def add(self, trusted: TrustedIssuer, limit: int) -> None:
        """Stores a new one. Raises QuotaExceeded if its organization has `limit` of them or more."""
        ...

    def get(self, tenant_id: str, issuer_id: str) -> TrustedIssuer | None: ...

    def page(self, tenant_id: str, *, limit: int, after: str) -> list[TrustedIssuer]:
        """At most `limit` trusted issuers after the id `after`, oldest first."""
        ...

    def change(self, read: TrustedIssuer, changed: TrustedIssuer) -> None:
        """Stores all that a change may set. Raises Outdated if it is not that of `read` any more."""
        ...

    def note_exchange(self, trusted: TrustedIssuer, token: IdToken, scopes: Collection[Scope]) -> bool:
        """Commits that a token was exchanged. Returns False if it was deleted or disabled meanwhile."""
        ...

    def remove(self, trusted: TrustedIssuer) -> bool:
        """Removes one. Returns False if it does not exist any more."""
        ...


class IdTokens(Protocol):
    """ID tokens of issuers, and the public keys of these."""

    def read(self, text: str, now: datetime) -> IdToken:
        """The token, whose signature nobody has verified yet.

        Raises:
            InvalidInput (subject_token): it is not a signed token of an accepted algorithm, or not valid now.
        """
        ...

    def is_signed(self, token: IdToken) -> bool:
        """Returns whether its issuer has signed it. Asks the issuer for its keys, so it must be a trusted one.

        Raises:
            IssuerUnreachable: the issuer's keys can't be read, and are not known.
        """
        ...
