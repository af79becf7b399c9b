"""Rights on one model: every role, grant and scope, in one's own and in another organization."""

from dataclasses import replace

import pytest

from maas.domain.errors import PermissionDenied
from maas.domain.identity.principals import (
    GRANT_ROLES,
    MODEL_SCOPES,
    PUBLIC_SCOPES,
    Principal,
    Role,
    Scope,
    possible_scopes,
    scopes_of,
)
from maas.domain.identity.rights import inside_rights, require_right, rights_on

NONE: frozenset[Scope] = frozenset()
DEVELOPER = frozenset({Role.DEVELOPER})


def caller(role: Role, **fields: object) -> Principal:
    by = Principal("ada", "acme", frozenset({role}), possible_scopes([role]))
    return replace(by, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("role", Role)
def test_a_role_counts_in_its_own_organization_alone(role: Role) -> None:
    own = scopes_of([role]) & MODEL_SCOPES
    assert rights_on(caller(role), "m", "acme") == own
    assert rights_on(caller(role), "m", "other") == NONE


@pytest.mark.parametrize("role", Role)
def test_a_public_model_can_be_read_and_called_by_who_may_do_so_at_home(role: Role) -> None:
    assert rights_on(caller(role), "m", "other", is_public=True) == scopes_of([role]) & PUBLIC_SCOPES
    assert inside_rights(caller(role), "m", "other") == NONE


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("granted", sorted(GRANT_ROLES))
@pytest.mark.parametrize("tenant", ["acme", "other"])
def test_a_grant_adds_to_the_role_on_its_model_alone(role: Role, granted: Role, tenant: str) -> None:
    by = caller(role, grants={"m": frozenset({granted})})
    own = scopes_of([role]) & MODEL_SCOPES if tenant == "acme" else NONE
    assert rights_on(by, "m", tenant) == own | scopes_of([granted]) & MODEL_SCOPES
    assert rights_on(by, "another", tenant) == own


def test_several_grants_on_one_model_add_up() -> None:
    by = caller(Role.MEMBER, grants={"m": frozenset({Role.INVOKER, Role.VIEWER})})
    assert rights_on(by, "m", "acme") == {Scope.INFERENCE_INVOKE, Scope.MODELS_READ}


@pytest.mark.parametrize("scope", sorted(MODEL_SCOPES))
def test_a_credential_limits_roles_grants_and_public_rights(scope: Scope) -> None:
    by = caller(Role.ADMIN, scopes=frozenset({scope}), grants={"m": DEVELOPER})
    assert rights_on(by, "m", "acme", is_public=True) == {scope}
    assert rights_on(by, "m", "other") == {scope} & scopes_of([Role.DEVELOPER])


def test_a_narrowed_key_is_for_its_models_alone() -> None:
    by = caller(Role.ADMIN, narrowed={"m": "^1"}, grants={"n": DEVELOPER})
    assert rights_on(by, "m", "acme") == MODEL_SCOPES
    assert rights_on(by, "x", "acme", is_public=True) == NONE
    assert rights_on(by, "n", "other", is_public=True) == NONE


def test_a_grant_never_gives_rights_on_the_organization() -> None:
    by = caller(Role.MEMBER, grants={"m": DEVELOPER}, scopes=frozenset(Scope))
    assert rights_on(by, "m", "acme") == MODEL_SCOPES
    assert by.tenant_scopes == NONE


def test_one_of_our_services_has_its_rights_in_every_organization() -> None:
    service = Principal("anonymous", "", frozenset(Role), frozenset(Scope))
    assert rights_on(service, "m", "acme") == MODEL_SCOPES


def test_a_missing_right_is_denied_by_name() -> None:
    with pytest.raises(PermissionDenied, match="models:write or models:delete on this model"):
        require_right({Scope.MODELS_READ}, Scope.MODELS_WRITE, Scope.MODELS_DELETE)
    require_right({Scope.MODELS_READ}, Scope.MODELS_WRITE, Scope.MODELS_READ)
