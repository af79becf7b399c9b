"""Invitations over one store in memory, and an organization that invites."""

from datetime import UTC, datetime

from maas.adapters.access_tokens import SignedAccessTokens
from maas.domain.identity.accounts import User
from maas.domain.identity.principals import Principal, possible_scopes
from maas.domain.ids import new_id
from maas.security.cursors import Cursors
from maas.services.accounts import AccountService
from maas.services.invitations import InvitationService, Invited
from maas.services.joining import JoinService
from maas.services.ports.mail import Mailer
from tests.fakes.identity import FakePasswords
from tests.support.identity_stores import IdentityStore, in_memory
from tests.support.mail_services import invitation_mails
from tests.support.signing_keys import keys_of

ADA, GRACE, PASSWORD = "ada@example.com", "grace@example.com", "correct horse battery"


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class World:
    """The use cases over one store in memory, and two organizations: Ada's and a stranger's."""

    def __init__(self, mailer: Mailer | None = None) -> None:
        """Without a mailer, no invitation is mailed."""
        self.people: IdentityStore = in_memory()
        self.clock, self.passwords = Clock(), FakePasswords()
        self.tokens = SignedAccessTokens(keys_of("s" * 64))
        store, clock = self.people, self.clock
        self.accounts = AccountService(store.identities, self.passwords, self.tokens, clock)
        self.service = InvitationService(
            store.invitations,
            store.members,
            invitation_mails(store.identities, mailer),
            Cursors(keys_of("s" * 64), rereads=True),
            clock,
        )
        self.joining = JoinService(store.invitations, store.identities, self.passwords, clock)
        self.ada = self.accounts.register(email=ADA, password=PASSWORD, organization="Engines").user

    def invite(self, email: str = GRACE, *roles: str, by: User | None = None) -> Invited:
        return self.service.invite(acting(by or self.ada), email=email, roles=roles or ("developer",))

    def join(self, invited: Invited, email: str = GRACE, password: str = PASSWORD) -> User:
        assert invited.token is not None
        return self.joining.join(str(invited.token), email=email, password=password).user

    def other_admin(self) -> User:
        return self.accounts.register(email=f"{new_id()}@example.com", password=PASSWORD, organization="Looms").user

    def login(self, email: str, organization: str | None = None) -> Principal:
        granted = self.accounts.login(email=email, password=PASSWORD, organization=organization)
        return self.tokens.verify(granted.access_token)


def acting(user: User) -> Principal:
    return Principal(user.id, user.tenant_id, user.roles, possible_scopes(user.roles))
