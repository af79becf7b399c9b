"""Callers and their rights: the table from scope to roles."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from maas.domain.errors import InvalidInput, PermissionDenied, Rule


class Role(StrEnum):
    ADMIN = "admin"
    DEVELOPER = "developer"
    VIEWER = "viewer"


class Scope(StrEnum):
    MODELS_READ = "models:read"
    MODELS_WRITE = "models:write"
    MODELS_DELETE = "models:delete"
    UPLOADS_WRITE = "uploads:write"
    INFERENCE_INVOKE = "inference:invoke"
    KEYS_MANAGE = "keys:manage"
    USERS_ADMIN = "users:admin"


_ALL_ROLES = frozenset(Role)
_DEVELOPERS = frozenset({Role.ADMIN, Role.DEVELOPER})
_ADMINS = frozenset({Role.ADMIN})

ROLES_OF: Mapping[Scope, frozenset[Role]] = {
    Scope.MODELS_READ: _ALL_ROLES,
    Scope.MODELS_WRITE: _DEVELOPERS,
    Scope.MODELS_DELETE: _DEVELOPERS,
    Scope.UPLOADS_WRITE: _DEVELOPERS,
    Scope.INFERENCE_INVOKE: _ALL_ROLES,
    Scope.KEYS_MANAGE: _DEVELOPERS,
    Scope.USERS_ADMIN: _ADMINS,
}


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller. `scopes` are those of the credential, never more than the roles allow."""

    subject: str
    tenant_id: str
    roles: frozenset[Role]
    scopes: frozenset[Scope]

    def require(self, *any_of: Scope) -> None:
        """Raises PermissionDenied if the caller has none of these scopes."""
        if self.scopes.isdisjoint(any_of):
            raise PermissionDenied.of("scope", f"this needs the scope {' or '.join(any_of)}")


# Not a possible subject of a user, because those are UUIDs.
VALIDATOR = "validator"


def validator(tenant_id: str) -> Principal:
    """The validator as a caller in one tenant. Only this caller may record the result of a validation."""
    return Principal(VALIDATOR, tenant_id, frozenset(), frozenset({Scope.UPLOADS_WRITE}))


def scopes_of(roles: Iterable[Role]) -> frozenset[Scope]:
    """All scopes that at least one of `roles` allows."""
    given = frozenset(roles)
    return frozenset(scope for scope, allowed in ROLES_OF.items() if given & allowed)


def parse_scopes(text: str, field: str = "scope") -> frozenset[Scope]:
    """Parses scopes separated by spaces (RFC 6749, 3.3).

    Raises:
        InvalidInput: a word is not a scope.
    """
    try:
        return frozenset(Scope(word) for word in text.split())
    except ValueError:
        raise InvalidInput.of(field, Rule.ENUM, f"must be scopes among {' '.join(Scope)}") from None
