"""Authentication, scopes and the isolation of tenants."""

import base64
import json
import time
from typing import Any

import pytest

from maas.domain.identity.principals import Principal, Role, scopes_of
from maas.security import tokens
from tests.e2e.problems import NO_CREDENTIAL, assert_gateway_refuses, assert_problem
from tests.support.stack_users import MODELS, User
from tests.support.stacks import BOTH, RunningStack

ABSENT = "01939e4c-7d2a-7d00-8000-000000000001"


def _unsigned() -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    claims = {"sub": "a", "tenant": "b", "exp": int(time.time()) + 600, "iss": "maas", "aud": "maas-api"}
    return f"{part({'alg': 'none', 'typ': 'at+jwt'})}.{part(claims)}."


def _expired(stack: RunningStack, tenant: str) -> str:
    """Returns a token with a valid signature that was issued an hour ago."""
    key = stack.signing_key("access tokens")
    principal = Principal("someone", tenant, frozenset({Role.ADMIN}), scopes_of([Role.ADMIN]))
    return tokens.sign(key, tokens.ACCESS, principal, now=time.time() - 3600)


def test_without_a_token_every_route_but_the_public_ones_is_401(stack: RunningStack) -> None:
    api = stack.anonymous()

    assert_gateway_refuses(api.request("GET", MODELS), NO_CREDENTIAL)
    assert_gateway_refuses(api.request("POST", "/api/v1/inference", {}), NO_CREDENTIAL)
    assert api.request("GET", "/healthz").status_code == 200
    assert api.request("GET", "/.well-known/jwks.json").json()["keys"]


@pytest.mark.parametrize("token", ["garbage", "a.b.c", _unsigned(), "x" * 5000])
def test_a_bad_token_is_a_401_problem(stack: RunningStack, token: str) -> None:
    assert_problem(
        stack.anonymous().request("GET", MODELS, headers={"authorization": f"Bearer {token}"}), 401, "unauthenticated"
    )


def test_a_token_changed_by_one_letter_is_a_401_problem(stack: RunningStack, user: User) -> None:
    header, claims, signature = user.api.token.split(".")
    changed = f"{header}.{claims}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"

    answer = stack.anonymous().request("GET", MODELS, headers={"authorization": f"Bearer {changed}"})

    assert_problem(answer, 401, "unauthenticated")


@pytest.mark.kinds(*BOTH)
def test_an_expired_token_has_its_own_code(local_stack: RunningStack, user: User) -> None:
    token = _expired(local_stack, user.tenant_id)

    answer = local_stack.anonymous().request("GET", MODELS, headers={"authorization": f"Bearer {token}"})

    assert_problem(answer, 401, "token_expired")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("inference:invoke", "GET", MODELS),
        ("models:read", "POST", MODELS),
        ("models:read", "DELETE", f"{MODELS}/{ABSENT}"),
        ("models:read models:write", "POST", f"{MODELS}/{ABSENT}/upload"),
        ("models:read models:write", "POST", f"{MODELS}/{ABSENT}/predict"),
    ],
)
def test_a_missing_scope_is_a_403_problem(stack: RunningStack, scope: str, method: str, path: str) -> None:
    body: Any = None if method in {"GET", "DELETE"} else {}

    assert_problem(stack.user(scope).api.request(method, path, body), 403, "permission_denied")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"description": "mine now"}),
        ("PATCH", "/status", {"status": "ready"}),
        ("POST", "/tags", {"tags": ["mine"]}),
        ("GET", "/metadata", None),
        ("PUT", "/metadata", {"metadata": {}}),
        ("GET", "/versions", None),
        ("GET", "/versions/1.0.0", None),
        ("GET", "/versions/1.0.0/download", None),
        ("POST", "/versions", {"version": "2.0.0"}),
        ("POST", "/versions/1.0.0/publish", None),
        ("POST", "/upload", {"version": "1.0.0", "filename": "a.onnx", "size": 1}),
        ("POST", "/predict", {"features": [1, 2, 3, 4]}),
        ("DELETE", "", None),
    ],
)
def test_another_tenant_s_model_looks_absent(stranger: User, published: str, method: str, path: str, body: Any) -> None:
    foreign, absent = (stranger.api.request(method, f"{MODELS}/{key}{path}", body) for key in (published, ABSENT))

    bodies = [assert_problem(answer, 404, "not_found", "model_id") for answer in (foreign, absent)]
    without_ids = [
        json.dumps({**found, "request_id": ""}).replace(key, "")
        for found, key in zip(bodies, (published, ABSENT), strict=True)
    ]
    assert without_ids[0] == without_ids[1]


def test_lists_omit_another_tenant_s_models(stranger: User, published: str) -> None:
    items = stranger.api.get(f"{MODELS}?limit=100")["items"]

    assert published not in [model["id"] for model in items]
