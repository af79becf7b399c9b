"""May this principal do this to that model? One answer, for HTTP, gRPC and workers alike.

Rights only add up: those of the roles in the model's organization, those of a grant, and those that everybody has on a
public model. A credential never adds one: its scopes, and the models that it is narrowed to, limit all of them.
"""

from collections.abc import Collection

from maas.domain.errors import PermissionDenied
from maas.domain.identity.principals import MODEL_SCOPES, PUBLIC_SCOPES, Principal, Scope, scopes_of


def rights_on(by: Principal, model_id: str, tenant_id: str, *, is_public: bool = False) -> frozenset[Scope]:
    """All scopes that `by` has on a model of the organization `tenant_id`; empty if it must not know of the model."""
    rights = inside_rights(by, model_id, tenant_id)
    return rights | _by_roles(by, model_id, PUBLIC_SCOPES) if is_public else rights


def inside_rights(by: Principal, model_id: str, tenant_id: str) -> frozenset[Scope]:
    """The rights of a member of the model's organization, or by a grant: whoever has one sees drafts and people."""
    own = _by_roles(by, model_id, MODEL_SCOPES) if by.tenant_id in ("", tenant_id) else frozenset()
    return own | _by_grant(by, model_id)


def require_right(rights: Collection[Scope], *any_of: Scope) -> None:
    """Raises PermissionDenied if none of these scopes is among the rights on a model."""
    if not any(scope in rights for scope in any_of):
        raise PermissionDenied.of("scope", f"neither a role nor a grant allows {' or '.join(any_of)} on this model")


def _by_roles(by: Principal, model_id: str, scopes: frozenset[Scope]) -> frozenset[Scope]:
    if not _is_for(by, model_id):
        return frozenset()
    return by.scopes & scopes_of(by.roles) & scopes


def _by_grant(by: Principal, model_id: str) -> frozenset[Scope]:
    roles = by.grants.get(model_id)
    if roles is None or not _is_for(by, model_id):
        return frozenset()
    return by.scopes & scopes_of(roles) & MODEL_SCOPES


def _is_for(by: Principal, model_id: str) -> bool:
    return by.narrowed is None or model_id in by.narrowed
