"""Service accounts in memory, among the users of FakeIdentities."""

from dataclasses import dataclass, field

from maas.domain.identity.accounts import MemberKind, User
from maas.domain.identity.races import Outdated
from maas.domain.quotas import Quota, Usage, exceeded


@dataclass
class FakeServiceAccounts:
    users: dict[tuple[str, str], User] = field(default_factory=dict)

    def add(self, account: User, limit: int) -> None:
        if len(self.page(account.tenant_id, limit=limit, after="")) >= limit:
            raise exceeded(Usage(Quota.SERVICE_ACCOUNTS, limit, limit))
        self.users[account.tenant_id, account.id] = account

    def account(self, tenant_id: str, account_id: str) -> User | None:
        found = self.users.get((tenant_id, account_id))
        return found if found and found.kind is MemberKind.SERVICE else None

    def page(self, tenant_id: str, *, limit: int, after: str) -> list[User]:
        behind = sorted(key for key in self.users if key[0] == tenant_id and key[1] > after)
        return [self.users[key] for key in behind if self.users[key].kind is MemberKind.SERVICE][:limit]

    def change(self, read: User, changed: User) -> None:
        if self.users.get((read.tenant_id, read.id)) != read:
            raise Outdated
        self.users[read.tenant_id, read.id] = changed

    def remove(self, account: User) -> bool:
        return self.users.pop((account.tenant_id, account.id), None) is not None
