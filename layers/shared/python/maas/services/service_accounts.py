"""Use cases of service accounts."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from maas.domain.clock import now as wall_clock
from maas.domain.errors import NotFound
from maas.domain.identity.accounts import MemberKind, User
from maas.domain.identity.lists import list_of
from maas.domain.identity.principals import Principal, Scope
from maas.domain.identity.races import settled
from maas.domain.identity.service_accounts import SERVICE_ACCOUNTS_MAX, AccountTerms
from maas.domain.ids import known_id, new_id
from maas.domain.pages import Page
from maas.platform.request_context import effect_id
from maas.services.ended_keys import remove_keys_of
from maas.services.pages import one_more, page_of
from maas.services.ports.cursors import Cursors
from maas.services.ports.identity import ApiKeys, ServiceAccounts


class ServiceAccountService:
    """Every method raises PermissionDenied unless the caller is an admin, and NotFound for an unknown account."""

    def __init__(
        self, accounts: ServiceAccounts, keys: ApiKeys, cursors: Cursors, clock: Callable[[], datetime] = wall_clock
    ) -> None:
        self._accounts = accounts
        self._keys = keys
        self._cursors = cursors
        self._clock = clock

    def create(self, by: Principal, terms: AccountTerms) -> User:
        """Makes a service account of the caller's organization. Raises InvalidInput, QuotaExceeded.

        A request with a key that is repeated after a crash finds the one that it has made.
        """
        by.require_in_tenant(Scope.USERS_ADMIN)
        made = self._accounts.account(by.tenant_id, effect_id()) if effect_id() else None
        if made:
            return made
        now = self._clock()
        blank = User(
            id=effect_id() or new_id(now),
            tenant_id=by.tenant_id,
            email="",
            name="",
            roles=frozenset(),
            created_at=now,
            kind=MemberKind.SERVICE,
        )
        account = terms.applied(blank)
        self._accounts.add(account, SERVICE_ACCOUNTS_MAX)
        return account

    def page(self, by: Principal, *, limit: int, cursor: str) -> Page[User]:
        """A page of the service accounts of the caller's organization, oldest first."""
        by.require_in_tenant(Scope.USERS_ADMIN)
        read = one_more(partial(self._accounts.page, by.tenant_id), lambda account: account.id)
        return page_of(self._cursors, list_of(by, "service-accounts"), read, limit=limit, cursor=cursor)

    def get(self, by: Principal, account_id: str) -> User:
        by.require_in_tenant(Scope.USERS_ADMIN)
        account = self._accounts.account(by.tenant_id, known_id("account_id", "service account", account_id))
        if account is None:
            raise _unknown(account_id)
        return account

    def change(self, by: Principal, account_id: str, terms: AccountTerms) -> User:
        """Changes what `terms` sets; the rights of its keys change with its roles. Raises InvalidInput."""

        def attempt() -> User:
            before = self.get(by, account_id)
            after = terms.applied(before)
            if after != before:
                self._accounts.change(before, after)
            return after

        return settled(attempt)

    def remove(self, by: Principal, account_id: str) -> None:
        """Deletes a service account and its keys. If this breaks off, it can be repeated."""
        account = self.get(by, account_id)
        remove_keys_of(self._keys, account)
        removed = self._accounts.remove(account)
        remove_keys_of(self._keys, account)  # one that was made meanwhile
        if not removed:
            raise _unknown(account_id)


def _unknown(account_id: str) -> NotFound:
    return NotFound.of("account_id", "service account", account_id)
