"""Callers and their rights: the table from scope to roles, of an organization and of grants on models alike."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from maas.domain.errors import InvalidInput, PermissionDenied, Rule


class Role(StrEnum):
    """A role in an organization. A member has no right but its grants."""

    ADMIN = "admin"
    DEVELOPER = "developer"
    INVOKER = "invoker"
    VIEWER = "viewer"
    MEMBER = "member"


class Scope(StrEnum):
    MODELS_READ = "models:read"
    MODELS_WRITE = "models:write"
    MODELS_DELETE = "models:delete"
    UPLOADS_WRITE = "uploads:write"
    INFERENCE_INVOKE = "inference:invoke"
    KEYS_MANAGE = "keys:manage"
    USERS_ADMIN = "users:admin"
    WEBHOOKS_ADMIN = "webhooks:admin"
    AUDIT_READ = "audit:read"


_ADMINS = frozenset({Role.ADMIN})
_DEVELOPERS = _ADMINS | {Role.DEVELOPER}
_READERS = _DEVELOPERS | {Role.VIEWER}

ROLES_OF: Mapping[Scope, frozenset[Role]] = {
    Scope.MODELS_READ: _READERS,
    Scope.MODELS_WRITE: _DEVELOPERS,
    Scope.MODELS_DELETE: _DEVELOPERS,
    Scope.UPLOADS_WRITE: _DEVELOPERS,
    Scope.INFERENCE_INVOKE: _READERS | {Role.INVOKER},
    Scope.KEYS_MANAGE: _DEVELOPERS,
    Scope.USERS_ADMIN: _ADMINS,
    Scope.WEBHOOKS_ADMIN: _ADMINS,
    Scope.AUDIT_READ: _ADMINS,
}
# What a role on one model may allow. The other scopes are about the organization.
MODEL_SCOPES = frozenset(Scope) - {Scope.KEYS_MANAGE, Scope.USERS_ADMIN, Scope.WEBHOOKS_ADMIN, Scope.AUDIT_READ}
# What every organization may do with a public model.
PUBLIC_SCOPES = frozenset({Scope.MODELS_READ, Scope.INFERENCE_INVOKE})
# The roles that can be granted on one model.
GRANT_ROLES = frozenset({Role.VIEWER, Role.INVOKER, Role.DEVELOPER})


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller.

    `scopes` are those of the credential: what it may be used for at most. What the caller may do follows from its
    roles, which hold for all models of its organization, and from its grants (see maas.domain.identity.rights).
    `credential` names the session or API key that the caller has shown; it is empty for our own services.

    `grants` (model id to roles) and `narrowed` (model id to a range of versions, "" for all; None if the credential is
    for every model) are known to the registry alone. `networks`, from which an API key may be used (none: from
    everywhere), are known to whoever has looked the caller up.
    """

    subject: str
    tenant_id: str
    roles: frozenset[Role]
    scopes: frozenset[Scope]
    credential: str = ""
    grants: Mapping[str, frozenset[Role]] = field(default_factory=dict, compare=False)
    narrowed: Mapping[str, str] | None = field(default=None, compare=False)
    networks: tuple[str, ...] = field(default=(), compare=False)

    @property
    def credential_name(self) -> str:
        """Kind and id of the credential, without the fingerprint of an API key's secret."""
        return self.credential.partition(".")[0]

    @property
    def tenant_scopes(self) -> frozenset[Scope]:
        """The rights of the caller in its whole organization."""
        return frozenset() if self.narrowed is not None else self.scopes & scopes_of(self.roles)

    def require(self, *any_of: Scope) -> None:
        """Raises PermissionDenied if the credential has none of these scopes."""
        if self.scopes.isdisjoint(any_of):
            raise PermissionDenied.of("scope", f"this needs the scope {' or '.join(any_of)}")

    def require_in_tenant(self, scope: Scope) -> None:
        """Raises PermissionDenied unless the caller may do this in its whole organization."""
        self.require(scope)
        if scope not in self.tenant_scopes:
            raise PermissionDenied.of("scope", f"the roles of the account do not allow {scope} in its organization")


# Our own services. No user has such a subject, because those are UUIDs.
VALIDATOR, REMOVER, JUDGE, PINNED, SHADOW = "validator", "remover", "judge", "pinned", "shadow"
SERVICES = frozenset({VALIDATOR, REMOVER, JUDGE, PINNED, SHADOW})


def validator(tenant_id: str) -> Principal:
    """The validator as a caller in one tenant. Only this caller may record the result of a validation."""
    return Principal(VALIDATOR, tenant_id, frozenset({Role.DEVELOPER}), frozenset({Scope.UPLOADS_WRITE}))


def remover(tenant_id: str) -> Principal:
    """The remover of files as a caller in one tenant, which sees all uploads and versions."""
    return Principal(REMOVER, tenant_id, frozenset({Role.DEVELOPER}), frozenset({Scope.UPLOADS_WRITE}))


def collector() -> Principal:
    """The remover of files as a caller for all organizations, which have UUIDs and not this name."""
    return remover("all")


def judge(tenant_id: str) -> Principal:
    """The judge of rollouts as a caller in one tenant, or with "all" for the list of those of all organizations."""
    scopes = frozenset({Scope.MODELS_READ, Scope.MODELS_WRITE})
    return Principal(JUDGE, tenant_id, frozenset({Role.DEVELOPER}), scopes)


def pinned(tenant_id: str) -> Principal:
    """The nameless callers of the pinned model, which is of this organization. They may predict and nothing else."""
    return Principal(PINNED, tenant_id, frozenset({Role.INVOKER}), frozenset({Scope.INFERENCE_INVOKE}))


def shadow(tenant_id: str) -> Principal:
    """The shadow function as a caller in one tenant. It may predict and nothing else."""
    return Principal(SHADOW, tenant_id, frozenset({Role.INVOKER}), frozenset({Scope.INFERENCE_INVOKE}))


def scopes_of(roles: Iterable[Role]) -> frozenset[Scope]:
    """All scopes that at least one of `roles` allows."""
    return _scopes_of(frozenset(roles))


def possible_scopes(roles: Iterable[Role]) -> frozenset[Scope]:
    """The limit of a credential of a member with `roles`: a grant can add any right on one model."""
    return scopes_of(roles) | MODEL_SCOPES


@lru_cache(maxsize=64)
def _scopes_of(roles: frozenset[Role]) -> frozenset[Scope]:
    return frozenset(scope for scope, allowed in ROLES_OF.items() if roles & allowed)


def parse_scopes(text: str, field: str = "scope") -> frozenset[Scope]:
    """Parses scopes separated by spaces (RFC 6749, 3.3).

    Raises:
        InvalidInput: a word is not a scope.
    """
    try:
        return frozenset(Scope(word) for word in text.split())
    except ValueError:
        raise InvalidInput.of(field, Rule.ENUM, f"must be scopes among {' '.join(Scope)}") from None
