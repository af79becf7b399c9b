"""Members in memory, of the organizations of FakeIdentities."""

from dataclasses import dataclass, replace

from maas.domain.identity.accounts import User
from maas.domain.identity.members import MemberFilter, is_active_admin, last_admin
from maas.domain.identity.races import Outdated
from tests.fakes.identity import FakeIdentities


@dataclass
class FakeMembers:
    identities: FakeIdentities

    def page(self, tenant_id: str, narrowed: MemberFilter, *, limit: int, after: str) -> tuple[list[User], str]:
        behind = sorted(key for key in self.identities.users if key[0] == tenant_id and key[1] > after)
        found = [user for user in map(self.identities.users.__getitem__, behind) if narrowed.takes(user)]
        return found[:limit], found[limit - 1].id if len(found) > limit else ""

    def member(self, tenant_id: str, user_id: str) -> User | None:
        return self.identities.users.get((tenant_id, user_id))

    def change(self, read: User, changed: User) -> None:
        self._check(read, changed)
        self.identities.users[read.tenant_id, read.id] = changed

    def remove(self, read: User) -> None:
        self._check(read, None)
        del self.identities.users[read.tenant_id, read.id]
        known = self.identities.by_email.pop(read.email)
        left = next((user for user in self.identities.users.values() if user.email == read.email), None)
        if left is not None:
            first = left if known.user_id == read.id else self.identities.users[known.tenant_id, known.user_id]
            less = replace(known, tenant_id=first.tenant_id, user_id=first.id, memberships=known.memberships - 1)
            self.identities.by_email[read.email] = less

    def _check(self, read: User, changed: User | None) -> None:
        stored = self.member(read.tenant_id, read.id)
        if stored is None or (stored.roles, stored.disabled) != (read.roles, read.disabled):
            raise Outdated
        colleagues = [user for user in self.identities.users_of(read.tenant_id) if user.id != read.id]
        others = [user for user in colleagues if is_active_admin(user)]
        if is_active_admin(read) and not others and not (changed and is_active_admin(changed)):
            raise last_admin()
