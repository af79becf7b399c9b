"""Who calls, and what they may do: the one table from scope to roles."""

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


_EVERYONE = frozenset(Role)
_MAKERS = frozenset({Role.ADMIN, Role.DEVELOPER})
_ADMINS = frozenset({Role.ADMIN})

ROLES_OF: Mapping[Scope, frozenset[Role]] = {
    Scope.MODELS_READ: _EVERYONE,
    Scope.MODELS_WRITE: _MAKERS,
    Scope.MODELS_DELETE: _MAKERS,
    Scope.UPLOADS_WRITE: _MAKERS,
    Scope.INFERENCE_INVOKE: _EVERYONE,
    Scope.KEYS_MANAGE: _MAKERS,
    Scope.USERS_ADMIN: _ADMINS,
}


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller. `scopes` are what this credential carries: never more than its roles allow."""

    subject: str
    tenant_id: str
    roles: frozenset[Role]
    scopes: frozenset[Scope]

    def require(self, *any_of: Scope) -> None:
        """Raises PermissionDenied without one of these scopes."""
        if self.scopes.isdisjoint(any_of):
            raise PermissionDenied.of("scope", f"this needs the scope {' or '.join(any_of)}")


# No user has this subject: theirs are UUIDs.
VALIDATOR = "validator"


def validator(tenant_id: str) -> Principal:
    """The validator at work on one tenant's upload; nobody else may record what a validation found."""
    return Principal(VALIDATOR, tenant_id, frozenset(), frozenset({Scope.UPLOADS_WRITE}))


def scopes_of(roles: Iterable[Role]) -> frozenset[Scope]:
    """All that `roles` allow together."""
    held = frozenset(roles)
    return frozenset(scope for scope, allowed in ROLES_OF.items() if held & allowed)


def parse_scopes(text: str, field: str = "scope") -> frozenset[Scope]:
    """Space-separated scopes (RFC 6749, 3.3).

    Raises:
        InvalidInput: a word is no scope.
    """
    try:
        return frozenset(Scope(word) for word in text.split())
    except ValueError:
        raise InvalidInput.of(field, Rule.ENUM, f"must be scopes among {' '.join(Scope)}") from None
