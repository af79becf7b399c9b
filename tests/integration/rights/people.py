"""The actors of the table, with their records: users, sessions and API keys of three organizations."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from maas.domain.identity.accounts import MemberKind, Session, User
from maas.domain.identity.api_keys import ApiKey, KeySecret
from maas.domain.identity.credentials import KEY, SESSION, credential_of
from maas.domain.identity.invitations import InvitationToken
from maas.domain.identity.principals import Principal, Role, Scope, possible_scopes, scopes_of
from maas.domain.identity.trusted_issuers import TrustedIssuer
from maas.domain.ids import new_id
from tests.fakes.identity import FakeIdentities
from tests.support.identity_stores import IdentityStore, in_memory
from tests.support.webhook_stores import WebhookStores

_ROLES = {
    "admin": Role.ADMIN,
    "developer": Role.DEVELOPER,
    "colleague": Role.DEVELOPER,
    "viewer": Role.VIEWER,
    "invoker": Role.INVOKER,
    "member": Role.MEMBER,
    "member_viewer": Role.MEMBER,
    "member_invoker": Role.MEMBER,
    "member_developer": Role.MEMBER,
}


@dataclass
class People:
    """`actors` are the callers as the authorizer names them, None without a credential. `users` are by actor."""

    store: IdentityStore = field(default_factory=in_memory)
    users: dict[str, User] = field(default_factory=dict)
    actors: dict[str, Principal | None] = field(default_factory=lambda: {"anonymous": None})

    def __post_init__(self) -> None:
        assert isinstance(self.store.identities, FakeIdentities)
        self.identities = self.store.identities
        home, self.sharer, stranger = (self.store.founder() for _ in range(3))
        for name, role in _ROLES.items():
            self._add(name, self.store.colleague(home, role))
        self._add("other_admin", stranger)
        self._add("sharer", self.sharer)
        for name, scope in (("reading", Scope.MODELS_READ), ("calling", Scope.INFERENCE_INVOKE)):
            self._add(name, self.users["developer"], scopes=frozenset({scope}))
        self._end_sessions()
        self._add("disabled_user", self.store.colleague(home, Role.ADMIN))
        self._replace("disabled_user", disabled=True)
        self._add("deleted_user", self.store.colleague(home, Role.ADMIN))
        del self.identities.users[home.tenant_id, self.users["deleted_user"].id]
        self.accounts = {name: self._account(by) for name, by in (("own", home), ("others", self.sharer))}
        self._robots = {by.tenant_id: self._account(by) for by in (home, stranger)}
        self.issuers = {name: self._issuer(by) for name, by in (("own", home), ("others", self.sharer))}
        self._exchanged("exchanged", home)
        self._exchanged("untrusted", home, disabled=True)
        self.hooks = WebhookStores()
        self.webhooks = {name: self.hooks.add(by) for name, by in (("own", home), ("others", self.sharer))}
        self.invitations = {name: self.store.invitation(by).id for name, by in (("own", home), ("others", self.sharer))}

    @property
    def home(self) -> str:
        return self.users["admin"].tenant_id

    def robot(self, actor: str) -> str:
        """The id of a service account in the actor's organization."""
        caller = self.actors[actor]
        return self._robots[caller.tenant_id if caller else self.home]

    def session(self, actor: str) -> str:
        """The id of the actor's session."""
        caller = self.actors[actor]
        assert caller
        return caller.credential.partition("/")[2]

    def invitation_token(self, actor: str) -> str:
        """The token of a new invitation of a person to another organization; no real one for other actors."""
        if actor not in self.users:
            return "of.no.person"
        made = self.store.invitation(self.sharer, email=self.users[actor].email)
        token = InvitationToken.fresh(made.tenant_id, made.id)
        expires_at = datetime.now(UTC) + timedelta(hours=1)
        self.store.invitations.add(replace(made, digest=token.digest, expires_at=expires_at))
        return str(token)

    def key(self, actor: str, of: User, models: Mapping[str, str] | None = None, **fields: object) -> str:
        """Adds an actor with a key of the user."""
        secret, scopes = KeySecret.fresh(), possible_scopes(of.roles)
        made = ApiKey(
            id=secret.key_id,
            tenant_id=of.tenant_id,
            user_id=of.id,
            name=actor,
            scopes=scopes,
            digest=secret.digest,
            created_by=of.id,
            created_at=datetime.now(UTC),
            models=models,
        )
        self.identities.keys[made.id] = replace(made, **fields)  # type: ignore[arg-type]
        self.actors[actor] = _principal(of, credential_of(KEY, made.id))
        return made.id

    def _account(self, by: User, role: Role = Role.INVOKER) -> str:
        """Adds a service account."""
        made = replace(by, id=new_id(), email="", roles=frozenset({role}), kind=MemberKind.SERVICE)
        self.identities.users[made.tenant_id, made.id] = made
        return made.id

    def _issuer(self, by: User, **fields: object) -> str:
        """Adds a trusted issuer, whose tokens act for a new service account with the role developer."""
        account = self._account(by, Role.DEVELOPER)
        made = TrustedIssuer(
            id=new_id(),
            tenant_id=by.tenant_id,
            name="ci",
            issuer="https://ci.example.com",
            audience="maas",
            conditions={"sub": ("job",)},
            service_account_id=account,
            scopes=possible_scopes([Role.DEVELOPER]),
            created_by=by.id,
            created_at=datetime.now(UTC),
        )
        self.identities.issuers[made.tenant_id, made.id] = replace(made, **fields)  # type: ignore[arg-type]
        return made.id

    def _exchanged(self, actor: str, by: User, **fields: object) -> None:
        """Adds an actor with an exchanged token."""
        trusted = self.identities.issuers[by.tenant_id, self._issuer(by, **fields)]
        account = self.identities.users[by.tenant_id, trusted.service_account_id]
        self.actors[actor] = _principal(account, trusted.credential)

    def _end_sessions(self) -> None:
        for actor, seconds in (("expired_session", -1), ("ended_session", 3600)):
            self._add(actor, self.users["admin"], seconds)
        del self.identities.sessions[self.session("ended_session")]

    def _replace(self, actor: str, **fields: object) -> None:
        changed = replace(self.users[actor], **fields)  # type: ignore[arg-type]
        self.identities.users[changed.tenant_id, changed.id] = self.users[actor] = changed

    def _add(self, actor: str, user: User, seconds: int = 3600, scopes: frozenset[Scope] | None = None) -> None:
        """Adds an actor with a session that ends in so many seconds, of all scopes or those given."""
        scopes = possible_scopes(user.roles) if scopes is None else scopes
        session = Session(
            id=new_id(),
            tenant_id=user.tenant_id,
            user_id=user.id,
            scopes=scopes,
            expires_at=datetime.now(UTC) + timedelta(seconds=seconds),
            digest=new_id(),
        )
        self.identities.begin(session)
        self.users[actor] = user
        self.actors[actor] = replace(_principal(user, credential_of(SESSION, session.id)), scopes=scopes)


def _principal(user: User, credential: str) -> Principal:
    return Principal(user.id, user.tenant_id, user.roles, possible_scopes(user.roles), credential)


def full(user: User) -> Principal:
    """The user as a caller of the registry's services, who need no credential."""
    return Principal(user.id, user.tenant_id, user.roles, scopes_of(user.roles))
