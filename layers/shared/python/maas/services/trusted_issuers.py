"""Use cases of trusted issuers: making, listing, changing and deleting them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from maas.domain.clock import now as wall_clock
from maas.domain.errors import NotFound, PermissionDenied
from maas.domain.identity.accounts import MemberKind, User
from maas.domain.identity.credentials import KEY, parsed_credential
from maas.domain.identity.issuer_terms import ISSUERS_MAX, IssuerTerms
from maas.domain.identity.key_terms import check_limits
from maas.domain.identity.lists import list_of
from maas.domain.identity.principals import MODEL_SCOPES, Principal, Scope, possible_scopes
from maas.domain.identity.races import settled
from maas.domain.identity.trusted_issuers import TrustedIssuer, default_audience
from maas.domain.ids import known_id, new_id
from maas.domain.pages import Page
from maas.platform.request_context import effect_id
from maas.services.pages import one_more, page_of
from maas.services.ports.cursors import Cursors
from maas.services.ports.identity import Identities
from maas.services.ports.trusted_issuers import TrustedIssuers


class TrustedIssuerService:
    """Every method raises PermissionDenied unless the caller is an admin, and NotFound for an unknown issuer.

    `loopback` allows issuers on this machine.
    """

    def __init__(
        self,
        issuers: TrustedIssuers,
        members: Identities,
        cursors: Cursors,
        clock: Callable[[], datetime] = wall_clock,
        *,
        loopback: bool = False,
    ) -> None:
        self._issuers = issuers
        self._members = members
        self._cursors = cursors
        self._clock = clock
        self._loopback = loopback

    def create(self, by: Principal, terms: IssuerTerms, service_account_id: str) -> TrustedIssuer:
        """Trusts an issuer. Without scopes, its tokens have those about models that the account and the caller have.

        A request with a key that is repeated after a crash finds the one that it has made.

        Raises:
            InvalidInput
            NotFound: there is no such service account.
            PermissionDenied: its tokens could be used for more than the caller or the account.
            QuotaExceeded: the organization has ISSUERS_MAX trusted issuers.
        """
        by.require_in_tenant(Scope.USERS_ADMIN)
        made = self._issuers.get(by.tenant_id, effect_id()) if effect_id() else None
        if made:
            return made
        account, now = self._account(by, service_account_id), self._clock()
        blank = TrustedIssuer(
            id=effect_id() or new_id(now),
            tenant_id=by.tenant_id,
            name="",
            issuer="",
            audience=default_audience(by.tenant_id),
            service_account_id=account.id,
            scopes=by.scopes & possible_scopes(account.roles) & MODEL_SCOPES,
            created_by=by.subject,
            created_at=now,
        )
        trusted = terms.applied(blank, loopback=self._loopback)
        self._check(by, trusted, account)
        self._issuers.add(trusted, ISSUERS_MAX)
        return trusted

    def page(self, by: Principal, *, limit: int, cursor: str) -> Page[TrustedIssuer]:
        """A page of the trusted issuers of the caller's organization, oldest first."""
        by.require_in_tenant(Scope.USERS_ADMIN)
        read = one_more(partial(self._issuers.page, by.tenant_id), lambda trusted: trusted.id)
        return page_of(self._cursors, list_of(by, "trusted-issuers"), read, limit=limit, cursor=cursor)

    def get(self, by: Principal, issuer_id: str) -> TrustedIssuer:
        by.require_in_tenant(Scope.USERS_ADMIN)
        trusted = self._issuers.get(by.tenant_id, known_id("issuer_id", "trusted issuer", issuer_id))
        if trusted is None:
            raise _unknown(issuer_id)
        return trusted

    def change(
        self, by: Principal, issuer_id: str, terms: IssuerTerms, service_account_id: str | None = None
    ) -> TrustedIssuer:
        """Changes what `terms` sets. Another issuer, audience, condition or account ends the tokens from before it.

        Raises:
            InvalidInput
            NotFound: there is no such service account.
            PermissionDenied: its tokens could be used for more than the caller or the account.
        """

        def attempt() -> TrustedIssuer:
            before = self.get(by, issuer_id)
            after = terms.applied(before, loopback=self._loopback)
            if service_account_id is not None:
                after = replace(after, service_account_id=self._account(by, service_account_id).id)
            if after == before:
                return before
            if not _is_harmless(before, after):
                self._check(by, after, self._members.user(by.tenant_id, after.service_account_id))
            self._issuers.change(before, after)
            return after

        return settled(attempt)

    def remove(self, by: Principal, issuer_id: str) -> None:
        """Deletes a trusted issuer, which ends its access tokens."""
        if not self._issuers.remove(self.get(by, issuer_id)):
            raise _unknown(issuer_id)

    def _account(self, by: Principal, account_id: str) -> User:
        known = known_id("service_account_id", "service account", account_id)
        account = self._members.user(by.tenant_id, known)
        if account is None or account.kind is not MemberKind.SERVICE:
            raise NotFound.of("service_account_id", "service account", account_id)
        return account

    def _check(self, by: Principal, trusted: TrustedIssuer, account: User | None) -> None:
        """Raises PermissionDenied if its tokens could be used for more than the caller or the account, or longer."""
        kind, key_id = parsed_credential(by.credential)
        shown = self._members.key(key_id) if kind == KEY else None
        if kind == KEY and (shown is None or shown.expires_at):
            raise PermissionDenied("an API key that expires can't make or widen a trust, which doesn't expire")
        check_limits(trusted, by, shown, account.roles if account else frozenset())


def _is_harmless(before: TrustedIssuer, after: TrustedIssuer) -> bool:
    """Returns whether only the name is another one, or it is disabled."""
    return replace(after, name=before.name, disabled=before.disabled) == before and after.disabled >= before.disabled


def _unknown(issuer_id: str) -> NotFound:
    return NotFound.of("issuer_id", "trusted issuer", issuer_id)
