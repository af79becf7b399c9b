"""Use cases of accounts: registration, login, refresh, logout and the caller's own profile."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from maas.domain import value_rules
from maas.domain.clock import now as wall_clock
from maas.domain.errors import (
    InvalidCredentials,
    InvalidInput,
    OrganizationRequired,
    PermissionDenied,
    Rule,
    Unauthenticated,
)
from maas.domain.identity import addresses, passwords
from maas.domain.identity.accounts import (
    SESSION_LIFETIME,
    Client,
    Credentials,
    Organization,
    RefreshToken,
    Session,
    User,
    new_family,
)
from maas.domain.identity.credentials import ISSUER, KEY, SESSION, credential_of, parsed_credential
from maas.domain.identity.principals import Principal, Role, Scope, parse_scopes, possible_scopes
from maas.domain.identity.standing import Credential, standing
from maas.domain.ids import new_id
from maas.platform.observability import logger
from maas.platform.request_context import keep_member, kept_member
from maas.services import new_passwords
from maas.services.ports.identity import AccessTokens, Identities, Passwords


@dataclass(frozen=True, slots=True)
class Grant:
    """The result of a login or refresh. `expires_in` and `refresh_expires_in` are seconds from now."""

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


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account that is not stored yet, and its password as it will be hashed."""

    profile: Profile
    password: str = field(repr=False)


class AccountService:
    """The use cases of accounts. `clock` returns aware datetimes.

    `failed` takes the address of a failed login, and its credentials if it has any. It has to take equally long.
    """

    def __init__(
        self,
        identities: Identities,
        passwords: Passwords,
        tokens: AccessTokens,
        clock: Callable[[], datetime] = wall_clock,
        failed: Callable[[str, Credentials | None], None] = lambda _email, _known: None,
    ) -> None:
        self._identities = identities
        self._passwords = passwords
        self._tokens = tokens
        self._failed = failed
        self._clock = clock

    def register(
        self,
        *,
        email: str,
        password: str,
        name: str | None = None,
        organization: str | None = None,
        verified: bool = False,
    ) -> Profile:
        """Creates an organization and its first user, an admin. Names default to the e-mail address.

        Raises:
            InvalidInput: a field breaks its rule.
            AlreadyExists: the e-mail address is taken.
        """
        new = self.checked(email=email, password=password, name=name, organization=organization)
        founder = replace(new.profile.user, email_verified=verified)
        self._identities.add(new.profile.organization, founder, self._passwords.hash(new.password))
        return replace(new.profile, user=founder)

    def checked(self, *, email: str, password: str, name: str | None, organization: str | None) -> NewAccount:
        """The account as it would be registered. Whether the address is taken is not looked up. Raises InvalidInput."""
        email = addresses.chosen(email)
        default_name = email[: value_rules.NAME_MAX]
        tenant = Organization(
            id=new_id(),
            name=default_name if organization is None else value_rules.name(organization, "organization"),
            created_at=self._clock(),
        )
        founder = User(
            id=new_id(),
            tenant_id=tenant.id,
            email=email,
            name=default_name if name is None else value_rules.name(name),
            roles=frozenset({Role.ADMIN}),
            created_at=tenant.created_at,
        )
        chosen = new_passwords.checked(self._passwords, password, email=email, name=founder.name)
        return NewAccount(Profile(founder, tenant), chosen)

    def login(
        self,
        *,
        email: str,
        password: str,
        scope: str | None = None,
        organization: str | None = None,
        client: Client = Client(),  # noqa: B008 - it can't be changed
    ) -> Grant:
        """Starts a session. Its scopes are all that the user's roles allow, or only those in `scope` (space-separated).

        Raises:
            InvalidInput: `email`, `password` or `scope` is malformed, or the account is not of `organization`.
            InvalidCredentials: unknown e-mail address or wrong password.
            OrganizationRequired: the account belongs to several, and `organization` (an id) is None.
            PermissionDenied: `scope` exceeds the user's roles.
        """
        requested = None if scope is None else _requested_scopes(scope)
        email, password = addresses.email(email), passwords.shown(password)
        started_at = self._clock()
        user, password_id = self._authenticated(email, password, organization)
        session_id, family = new_id(), new_family()
        token = RefreshToken.fresh(session_id, family)
        session = Session(
            id=session_id,
            tenant_id=user.tenant_id,
            user_id=user.id,
            scopes=_granted(user, requested),
            expires_at=started_at + SESSION_LIFETIME,
            digest=token.digest,
            family=family,
            started_at=started_at,
            client=client,
            password_id=password_id,
        )
        self._identities.begin(session)
        return self._grant(user, session, token)

    def refresh(self, refresh_token: str) -> Grant:
        """Exchanges a refresh token for new tokens. A token can be used once; using it again ends its session.

        A text that never was a token of its session changes nothing.

        Raises:
            Unauthenticated: the token is unknown or used, or its session has ended or expired.
        """
        presented = RefreshToken.parse(refresh_token)
        if presented is None:
            raise _not_refreshable()
        user, session = self._owner(presented)
        successor = RefreshToken.fresh(session.id, session.family or presented.digest)
        if not self._identities.rotate(session.id, presented.digest, successor.digest, self._clock()):
            # The thief and the owner both hold the token, so the session must end for both (RFC 9700, 4.14.2).
            self._identities.end(session, reused=not session.has_ended(self._clock()))
            logger.warning("a refresh token was used twice, or has expired", extra={"user_id": session.user_id})
            raise _not_refreshable()
        return self._grant(user, session, successor)

    def logout(self, refresh_token: str) -> None:
        """Ends the token's session. A text that never was one of its tokens is ignored (RFC 7009, 2.2)."""
        presented = RefreshToken.parse(refresh_token)
        session = self._identities.session(presented.session_id) if presented else None
        if presented and session and session.has_issued(presented):
            self._identities.end(session)

    def current(self, by: Principal) -> Principal:
        """The caller with the rights that it has now. Raises Unauthenticated if its access has ended."""
        member = self._identities.user(by.tenant_id, by.subject)
        keep_member(member)
        return standing(by, member, self._shown(by), self._clock())

    def profile(self, by: Principal) -> Profile:
        """The caller and its organization. Raises Unauthenticated if the account no longer exists."""
        user = kept_member(by) or self._identities.user(by.tenant_id, by.subject)
        organization = self._identities.organization(by.tenant_id)
        if user is None or organization is None:
            raise Unauthenticated("the account does not exist any more")
        return Profile(user, organization)

    def _shown(self, by: Principal) -> Credential | None:
        kind, credential_id = parsed_credential(by.credential)
        if kind == ISSUER:
            return self._identities.trusted_issuer(by.tenant_id, credential_id)
        read = {SESSION: self._identities.session, KEY: self._identities.key}.get(kind)
        return read(credential_id) if read else None

    def _authenticated(self, email: str, password: str, organization: str | None) -> tuple[User, str]:
        """The member, and the id of its password as it was read: a session of another password is dead."""
        credentials = self._identities.credentials(email)
        matches = self._passwords.matches(credentials.password_hash if credentials else None, password)
        members = self._identities.memberships(email, credentials) if credentials and matches else []
        if credentials and (active := [member for member in members if not member.disabled]):
            self._renew(email, credentials, password)
            return self._chosen(active, organization), credentials.password_id
        self._failed(email, credentials)
        raise InvalidCredentials("the e-mail address or the password is wrong")

    def _renew(self, email: str, known: Credentials, password: str) -> None:
        """Hashes the password again if new hashes have other parameters by now."""
        if self._passwords.is_outdated(known.password_hash):
            self._identities.renew(email, known.password_hash, self._passwords.hash(password))

    def _chosen(self, members: list[User], organization: str | None) -> User:
        """The member to log in: of the organization that is named, or of the only one."""
        named = [member for member in members if organization in (None, member.tenant_id)]
        if len(named) == 1:
            return named[0]
        if not named:
            message = "must be the id of an organization that the account belongs to"
            raise InvalidInput.of("organization", Rule.EXISTS, message)
        found = (self._identities.organization(member.tenant_id) for member in members)
        raise OrganizationRequired.among({each.id: each.name for each in found if each})

    def _owner(self, presented: RefreshToken) -> tuple[User, Session]:
        session = self._identities.session(presented.session_id)
        if session is None or not session.has_issued(presented):
            raise _not_refreshable()
        user = self._identities.user(session.tenant_id, session.user_id)
        if user is None or user.disabled or user.has_ended(session):
            raise _not_refreshable()
        return user, session

    def _grant(self, user: User, session: Session, token: RefreshToken) -> Grant:
        scopes = session.scopes & possible_scopes(user.roles)
        by = Principal(user.id, user.tenant_id, user.roles, scopes, credential_of(SESSION, session.id))
        return Grant(
            access_token=self._tokens.issue(by),
            expires_in=self._tokens.lifetime,
            refresh_token=str(token),
            refresh_expires_in=int((session.expires_at - self._clock()).total_seconds()),
            scopes=scopes,
        )


def _requested_scopes(text: str) -> frozenset[Scope]:
    requested = parse_scopes(text)
    if not requested:
        raise InvalidInput.of("scope", Rule.MIN_ITEMS, "must name at least one scope, or be left out")
    return requested


def _granted(user: User, requested: frozenset[Scope] | None) -> frozenset[Scope]:
    allowed = possible_scopes(user.roles)
    if requested is None:
        return allowed
    if requested - allowed:
        raise PermissionDenied(f"the account's roles do not allow {' '.join(sorted(requested - allowed))}")
    return requested


def _not_refreshable() -> Unauthenticated:
    return Unauthenticated("the refresh token is not valid any more; log in again")
