"""Use cases of an organization's admins: list, read, change and delete its members."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from maas.domain.clock import now as wall_clock
from maas.domain.errors import NotFound
from maas.domain.identity.accounts import MemberKind, User
from maas.domain.identity.lists import list_of
from maas.domain.identity.members import MemberChange, MemberFilter
from maas.domain.identity.principals import Principal, Scope
from maas.domain.identity.races import settled
from maas.domain.ids import known_id
from maas.domain.pages import Page
from maas.services.ended_keys import remove_keys_of
from maas.services.pages import page_of
from maas.services.ports.cursors import Cursors
from maas.services.ports.identity import ApiKeys
from maas.services.ports.members import Members


class MemberService:
    """Every method raises PermissionDenied unless the caller is an admin."""

    def __init__(
        self, members: Members, keys: ApiKeys, cursors: Cursors, clock: Callable[[], datetime] = wall_clock
    ) -> None:
        self._members = members
        self._keys = keys
        self._cursors = cursors
        self._clock = clock

    def page(self, by: Principal, narrowed: MemberFilter, *, limit: int, cursor: str) -> Page[User]:
        """A page of the caller's organization, in the order of joining. Raises InvalidInput (limit, cursor)."""
        by.require_in_tenant(Scope.USERS_ADMIN)
        of_list = list_of(by, "users", narrowed.role, narrowed.state)
        read = partial(self._members.page, by.tenant_id, narrowed)
        return page_of(self._cursors, of_list, read, limit=limit, cursor=cursor)

    def member(self, by: Principal, user_id: str) -> User:
        """Raises NotFound: the caller's organization has no such member."""
        by.require_in_tenant(Scope.USERS_ADMIN)
        return self._read(by, user_id)

    def change(self, by: Principal, user_id: str, change: MemberChange) -> User:
        """The member after the change. Its rights change at once.

        Raises:
            NotFound
            WrongState: it is the last active admin.
        """
        by.require_in_tenant(Scope.USERS_ADMIN)

        def attempt() -> User:
            read = self._read(by, user_id)
            changed = change.of(read, self._clock())
            if changed != read:
                self._members.change(read, changed)
            return changed

        return settled(attempt)

    def remove(self, by: Principal, user_id: str) -> None:
        """Deletes the member, whose tokens and keys end with it. What it has made stays in the organization.

        Raises:
            NotFound
            WrongState: it is the last active admin.
        """
        by.require_in_tenant(Scope.USERS_ADMIN)

        def attempt() -> User:
            read = self._read(by, user_id)
            self._members.remove(read)
            return read

        remove_keys_of(self._keys, settled(attempt))

    def _read(self, by: Principal, user_id: str) -> User:
        found = self._members.member(by.tenant_id, known_id("user_id", "user", user_id))
        if found is None or found.kind is not MemberKind.PERSON:
            raise NotFound.of("user_id", "user", user_id)
        return found
