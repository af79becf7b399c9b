from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from maas.adapters.access_tokens import SignedAccessTokens
from maas.domain.errors import InvalidCredentials, InvalidInput, NotFound, PermissionDenied, Unauthenticated
from maas.domain.identity.accounts import Client, User
from maas.domain.identity.principals import Principal, Role, possible_scopes
from maas.domain.ids import new_id
from maas.security.cursors import Cursors
from maas.services.accounts import AccountService, Grant
from maas.services.own_accounts import OwnAccountService, password_change
from tests.fakes.identity import FakePasswords
from tests.support.identity_stores import IdentityStore, in_memory
from tests.support.signing_keys import keys_of

ADA, OLD, NEW = "ada@example.com", "correct horse battery", "a better battery of horses"


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Every reading is later than the one before."""
        self.now += timedelta(milliseconds=1)
        return self.now


class World:
    """The use cases over one store in memory, and Ada's account."""

    def __init__(self) -> None:
        keys, passwords, clock = keys_of("s" * 64), FakePasswords(), Clock()
        self.people: IdentityStore = in_memory()
        self.tokens, store = SignedAccessTokens(keys), self.people
        self.accounts = AccountService(store.identities, passwords, self.tokens, clock)
        self.failed: list[str] = []
        self.own = OwnAccountService(
            store.own,
            store.identities,
            passwords,
            Cursors(keys, rereads=True),
            clock,
            failed=lambda email, _known: self.failed.append(email),
        )
        self.ada = self.accounts.register(email=ADA, password=OLD, name="Ada").user

    def login(self, password: str = OLD, organization: str | None = None) -> Grant:
        client = Client("203.0.113.7", "curl/8.9.1")
        return self.accounts.login(email=ADA, password=password, organization=organization, client=client)

    def caller(self, grant: Grant) -> Principal:
        """Returns the caller of an access token; raises Unauthenticated if its access has ended."""
        return self.accounts.current(self.tokens.verify(grant.access_token))

    def change(self, grant: Grant, current: str = OLD, successor: str = NEW) -> None:
        self.own.change(self.caller(grant), name=None, chosen=(successor, current))

    def is_alive(self, grant: Grant) -> bool:
        try:
            self.caller(grant)
        except Unauthenticated:
            with pytest.raises(Unauthenticated):
                self.accounts.refresh(grant.refresh_token)
            return False
        return True


@pytest.fixture
def world() -> World:
    return World()


def test_a_wrong_current_password_is_told_like_a_failed_sign_in(world: World) -> None:
    grant = world.login()
    with pytest.raises(PermissionDenied):
        world.change(grant, current="incorrect horse battery")
    assert world.failed == [ADA]
    world.change(grant)
    assert world.failed == [ADA]


def test_a_name_is_changed_and_the_password_stays(world: World) -> None:
    grant = world.login()
    world.own.change(world.caller(grant), name="Augusta Ada", chosen=None)
    assert world.accounts.profile(world.caller(grant)).user.name == "Augusta Ada"
    assert world.is_alive(world.login())


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(world: World) -> None:
    this, other = world.login(), world.login()
    world.change(this)
    assert world.is_alive(this)
    assert not world.is_alive(other)
    assert world.accounts.refresh(this.refresh_token).scopes
    with pytest.raises(InvalidCredentials):
        world.login(OLD)
    assert world.is_alive(world.login(NEW))


def test_a_second_change_ends_what_the_first_one_kept(world: World) -> None:
    first = world.login()
    world.change(first)
    second = world.login(NEW)
    world.change(second, NEW, OLD)
    assert (world.is_alive(first), world.is_alive(second)) == (False, True)


def test_a_login_with_the_password_before_is_dead_however_late_it_begins(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The password changes between the login's reading of it and the begin of its session."""
    this, begin = world.login(), world.people.identities.begin

    def overtaken(*session: object) -> None:
        monkeypatch.undo()
        world.change(this)
        begin(*session)  # type: ignore[arg-type]

    monkeypatch.setattr(world.people.identities, "begin", overtaken)
    assert not world.is_alive(world.login())
    assert world.is_alive(this)


def test_a_wrong_current_password_changes_nothing(world: World) -> None:
    grant, other = world.login(), world.login()
    with pytest.raises(PermissionDenied) as caught:
        world.own.change(world.caller(grant), name="Eve", chosen=(NEW, "wrong"))
    assert caught.value.fields[0].field == "current_password"
    assert world.accounts.profile(world.caller(grant)).user.name == "Ada"
    assert world.is_alive(other)


def test_a_bad_new_password_changes_nothing(world: World) -> None:
    grant = world.login()
    with pytest.raises(InvalidInput, match="password"):
        world.change(grant, successor="short")
    assert world.is_alive(world.login(OLD))


@pytest.mark.parametrize(("password", "current", "missing"), [(NEW, None, "current_password"), (None, OLD, "password")])
def test_both_passwords_are_given_or_none(password: str | None, current: str | None, missing: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        password_change(password, current)
    assert (caught.value.fields[0].field, caught.value.fields[0].rule) == (missing, "required")
    assert password_change(None, None) is None


def test_a_new_password_counts_in_all_organizations(world: World) -> None:
    other = world.people.founder()
    world.people.membership(world.ada, other, Role.VIEWER)
    this = world.login(organization=world.ada.tenant_id)
    further = world.login(organization=other.tenant_id)
    world.change(this)
    assert (world.is_alive(this), world.is_alive(further)) == (True, False)
    assert world.is_alive(world.login(NEW, other.tenant_id))


def test_sessions_show_when_and_from_where_they_began(world: World) -> None:
    grant = world.login()
    world.accounts.refresh(grant.refresh_token)
    (session,) = world.own.sessions(world.caller(grant), limit=10, cursor="").items
    assert session.client == Client("203.0.113.7", "curl/8.9.1")
    assert session.refreshed_at is not None
    assert session.refreshed_at > session.began_at
    assert world.own.session(world.caller(grant), session.id) == session


def test_pages_of_sessions_follow_by_cursor(world: World) -> None:
    logins = [world.login() for _ in range(5)]
    by = world.caller(logins[0])
    first = world.own.sessions(by, limit=3, cursor="")
    second = world.own.sessions(by, limit=3, cursor=first.next_cursor)
    assert (len(first.items), len(second.items), second.next_cursor) == (3, 2, "")
    assert len({session.id for session in (*first.items, *second.items)}) == 5


def test_one_session_is_ended_with_its_tokens(world: World) -> None:
    this, other = world.login(), world.login()
    by, ended = world.caller(this), other.refresh_token.partition(".")[0]
    world.own.end_session(by, ended)
    assert (world.is_alive(this), world.is_alive(other)) == (True, False)
    for refused in (world.own.session, world.own.end_session):
        with pytest.raises(NotFound):
            refused(by, ended)


def test_logging_out_everywhere_ends_this_session_too(world: World) -> None:
    this, other = world.login(), world.login()
    world.own.end_sessions(world.caller(this))
    assert (world.is_alive(this), world.is_alive(other)) == (False, False)
    assert world.is_alive(world.login())


def test_sessions_of_others_are_absent(world: World) -> None:
    by, stranger = world.caller(world.login()), world.people.session(world.people.founder())
    for session_id in (stranger.id, new_id(), "me", "", "x" * 5000):
        for refused in (world.own.session, world.own.end_session):
            with pytest.raises(NotFound):
                refused(by, session_id)
    assert world.people.identities.session(stranger.id) == stranger


def _as_key(user: User) -> Principal:
    return Principal(user.id, user.tenant_id, user.roles, possible_scopes(user.roles), "key/0Ab1Cd2Ef3Gh4Ij5.abcd")


@pytest.mark.parametrize(
    "use",
    [
        lambda own, by: own.change(by, name="Eve", chosen=None),
        lambda own, by: own.change(by, name=None, chosen=(NEW, OLD)),
        lambda own, by: own.sessions(by, limit=1, cursor=""),
        lambda own, by: own.session(by, new_id()),
        lambda own, by: own.end_session(by, new_id()),
        lambda own, by: own.end_sessions(by),
    ],
)
def test_an_api_key_does_not_manage_its_owner_s_account(
    world: World, use: Callable[[OwnAccountService, Principal], None]
) -> None:
    session = world.login()
    with pytest.raises(PermissionDenied, match="API key"):
        use(world.own, _as_key(world.ada))
    assert world.is_alive(session)
