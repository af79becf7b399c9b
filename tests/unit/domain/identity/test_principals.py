import pytest

from maas.domain.errors import InvalidInput, PermissionDenied
from maas.domain.identity.principals import ROLES_OF, Principal, Role, Scope, parse_scopes, scopes_of

# The expected roles of each scope, repeated here so that a change must be deliberate.
MATRIX = {
    Scope.MODELS_READ: {"admin", "developer", "viewer"},
    Scope.MODELS_WRITE: {"admin", "developer"},
    Scope.MODELS_DELETE: {"admin", "developer"},
    Scope.UPLOADS_WRITE: {"admin", "developer"},
    Scope.INFERENCE_INVOKE: {"admin", "developer", "invoker", "viewer"},
    Scope.KEYS_MANAGE: {"admin", "developer"},
    Scope.USERS_ADMIN: {"admin"},
    Scope.AUDIT_READ: {"admin"},
    Scope.WEBHOOKS_ADMIN: {"admin"},
}


def test_every_scope_has_a_row() -> None:
    assert set(ROLES_OF) == set(Scope) == set(MATRIX)


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("role", Role)
def test_a_role_has_exactly_its_scopes(role: Role, scope: Scope) -> None:
    assert (scope in scopes_of([role])) == (role in MATRIX[scope])


def test_two_roles_have_the_scopes_of_both() -> None:
    assert scopes_of([Role.VIEWER, Role.DEVELOPER]) == scopes_of([Role.DEVELOPER])


def test_no_roles_allow_no_scopes() -> None:
    assert scopes_of([]) == frozenset()


@pytest.mark.parametrize("scope", Scope)
def test_the_scope_without_a_role_is_accepted(scope: Scope) -> None:
    Principal("ada", "acme", frozenset(), frozenset({scope})).require(scope)


@pytest.mark.parametrize("scope", Scope)
def test_require_checks_scopes_and_not_roles(scope: Scope) -> None:
    narrowed = Principal("ada", "acme", frozenset({Role.ADMIN}), frozenset(Scope) - {scope})
    with pytest.raises(PermissionDenied, match=scope):
        narrowed.require(scope)


def test_scopes_are_separated_by_spaces() -> None:
    assert parse_scopes(" models:read  inference:invoke models:read") == {Scope.MODELS_READ, Scope.INFERENCE_INVOKE}


@pytest.mark.parametrize("text", ["models:read,models:write", "models:*", "MODELS:READ", "models:read admin"])
def test_an_unknown_scope_is_named_as_a_bad_field(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_scopes(text)
    assert [(e.field, e.rule) for e in refused.value.fields] == [("scope", "enum")]
