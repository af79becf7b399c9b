"""Use cases of accounts: register, log in, refresh, log out, look at oneself."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from maas.domain import value_rules
from maas.domain.errors import InvalidCredentials, InvalidInput, PermissionDenied, Rule, Unauthenticated
from maas.domain.identity import accounts
from maas.domain.identity.accounts import SESSION_LIFETIME, Organization, RefreshToken, Session, User
from maas.domain.identity.principals import Principal, Role, Scope, parse_scopes, scopes_of
from maas.domain.ids import new_id
from maas.platform.observability import logger
from maas.services.ports.identity import AccessTokens, Identities, Passwords


@dataclass(frozen=True, slots=True)
class Grant:
    """What a login or refresh hands out. Times in seconds from now."""

    access_token: str = field(repr=False)
    expires_in: int
    refresh_token: str = field(repr=False)
    refresh_expires_in: int
    scopes: frozenset[Scope]


@dataclass(frozen=True, slots=True)
class Profile:
    """A user and the organization it belongs to."""

    user: User
    organization: Organization


def _now() -> datetime:
    return datetime.now(UTC)


class AccountService:
    """The rules of accounts. `clock` answers aware datetimes."""

    def __init__(
        self,
        identities: Identities,
        passwords: Passwords,
        tokens: AccessTokens,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._identities = identities
        self._passwords = passwords
        self._tokens = tokens
        self._clock = clock

    def register(
        self, *, email: str, password: str, name: str | None = None, organization: str | None = None
    ) -> Profile:
        """A new organization and its first user, an admin. What has no name is called after the e-mail address.

        Raises:
            InvalidInput: a field breaks its rule.
            AlreadyExists: the e-mail address is taken.
        """
        email, password = accounts.email(email), accounts.password(password)
        nameless = email[: value_rules.NAME_MAX]
        tenant = Organization(
            id=new_id(),
            name=nameless if organization is None else value_rules.name(organization, "organization"),
            created_at=self._clock(),
        )
        founder = User(
            id=new_id(),
            tenant_id=tenant.id,
            email=email,
            name=nameless if name is None else value_rules.name(name),
            roles=frozenset({Role.ADMIN}),
            created_at=tenant.created_at,
        )
        self._identities.add(tenant, founder, self._passwords.hash(password))
        return Profile(founder, tenant)

    def login(self, *, email: str, password: str, scope: str | None = None) -> Grant:
        """Tokens for all that the user's roles allow, or for `scope` alone (space-separated).

        Raises:
            InvalidInput: `email`, `password` or `scope` can't be one.
            InvalidCredentials: unknown e-mail address or wrong password.
            PermissionDenied: `scope` goes beyond the user's roles.
        """
        wanted = None if scope is None else _some_scopes(scope)
        email, password = accounts.email(email), accounts.password(password, minimum=0)
        user = self._authenticated(email, password)
        session = Session(
            id=new_id(),
            tenant_id=user.tenant_id,
            user_id=user.id,
            scopes=_granted(user, wanted),
            expires_at=self._clock() + SESSION_LIFETIME,
        )
        token = RefreshToken.fresh(session.id)
        self._identities.begin(session, token.digest)
        return self._grant(user, session, token)

    def refresh(self, refresh_token: str) -> Grant:
        """New tokens for a refresh token, which is then used up; using it again ends its session.

        Raises:
            Unauthenticated: the token is unknown, used, or its session is over.
        """
        presented = RefreshToken.parse(refresh_token)
        if presented is None:
            raise _not_refreshable()
        user, session = self._owner(presented.session_id)
        successor = RefreshToken.fresh(session.id)
        if not self._identities.rotate(session.id, presented.digest, successor.digest, self._clock()):
            # Thief or owner, one of them holds a copy: neither may go on (RFC 9700, 4.14.2).
            self._identities.end(session.id)
            logger.warning("a refresh token was used twice or is over", extra={"user_id": session.user_id})
            raise _not_refreshable()
        return self._grant(user, session, successor)

    def logout(self, refresh_token: str) -> None:
        """Ends the token's session. What is no token of ours has none to end, which is no error (RFC 7009, 2.2)."""
        presented = RefreshToken.parse(refresh_token)
        if presented is not None:
            self._identities.end(presented.session_id)

    def profile(self, by: Principal) -> Profile:
        """Raises Unauthenticated when the account is gone."""
        user = self._identities.user(by.tenant_id, by.subject)
        organization = self._identities.organization(by.tenant_id)
        if user is None or organization is None:
            raise Unauthenticated("the account does not exist any more")
        return Profile(user, organization)

    def _authenticated(self, email: str, password: str) -> User:
        known = self._identities.credentials(email)
        matches = self._passwords.matches(known.password_hash if known else None, password)
        if known and matches:
            user = self._identities.user(known.tenant_id, known.user_id)
            if user:
                return user
        raise InvalidCredentials("the e-mail address or the password is wrong")

    def _owner(self, session_id: str) -> tuple[User, Session]:
        session = self._identities.session(session_id)
        user = self._identities.user(session.tenant_id, session.user_id) if session else None
        if session is None or user is None:
            raise _not_refreshable()
        return user, session

    def _grant(self, user: User, session: Session, token: RefreshToken) -> Grant:
        scopes = session.scopes & scopes_of(user.roles)
        return Grant(
            access_token=self._tokens.issue(user.principal(scopes)),
            expires_in=self._tokens.lifetime,
            refresh_token=str(token),
            refresh_expires_in=int((session.expires_at - self._clock()).total_seconds()),
            scopes=scopes,
        )


def _some_scopes(text: str) -> frozenset[Scope]:
    wanted = parse_scopes(text)
    if not wanted:
        raise InvalidInput.of("scope", Rule.MIN_ITEMS, "must name at least one scope, or be left out")
    return wanted


def _granted(user: User, wanted: frozenset[Scope] | None) -> frozenset[Scope]:
    allowed = scopes_of(user.roles)
    if wanted is None:
        return allowed
    if wanted - allowed:
        raise PermissionDenied(f"the account's roles do not allow {' '.join(sorted(wanted - allowed))}")
    return wanted


def _not_refreshable() -> Unauthenticated:
    return Unauthenticated("the refresh token is not valid any more; log in again")
