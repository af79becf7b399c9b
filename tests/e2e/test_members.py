"""Members of an organization: their access ends within five seconds, and an invitation is used once."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from tests.e2e.problems import assert_problem
from tests.support.stack_users import MODELS, PASSWORD, User
from tests.support.stacks import RunningStack

USERS = "/api/v1/users"
# Seconds from the answer of the change to the last accepted request (docs/decisions/0046).
ENDS_WITHIN = 5.0


def _last_accepted(user: User, since: float, seconds: float = 10) -> float:
    """Seconds from `since` to the last request that began and was accepted; the first refusal ends the wait."""
    last = since
    while (began := time.monotonic()) < since + seconds:
        answer = user.api.request("GET", MODELS)
        if answer.status_code != 200:
            assert_problem(answer, 401, "unauthenticated")
            return last - since
        last = began
        time.sleep(0.02)
    raise AssertionError(f"requests were accepted for {seconds:g} s")


@pytest.mark.parametrize(
    ("method", "body"), [("DELETE", None), ("PATCH", {"disabled": True})], ids=["deleted", "disabled"]
)
def test_a_member_s_live_token_is_dead_within_five_seconds(stack: RunningStack, method: str, body: Any) -> None:
    admin = stack.user()
    member = admin.colleague("developer")
    member.model()

    admin.api.success(method, f"{USERS}/{member.id}", body)
    assert _last_accepted(member, time.monotonic()) < ENDS_WITHIN

    assert_problem(member.api.request("GET", f"{USERS}/me"), 401, "unauthenticated")
    login = stack.anonymous().request("POST", "/api/v1/auth/login", {"email": member.email, "password": PASSWORD})
    assert_problem(login, 401, "invalid_credentials")


def test_cut_roles_count_within_five_seconds(stack: RunningStack) -> None:
    admin = stack.user()
    member = admin.colleague("developer")
    member.model()

    admin.api.success("PATCH", f"{USERS}/{member.id}", {"roles": ["viewer"]})
    until = time.monotonic() + ENDS_WITHIN
    while (answer := _new_model(member)).status_code == 201:
        assert time.monotonic() < until
        time.sleep(0.02)

    assert_problem(answer, 403, "permission_denied")
    assert member.api.request("GET", MODELS).status_code == 200


def _new_model(user: User) -> Any:
    return user.api.request("POST", MODELS, {"name": f"model {time.monotonic_ns()}", "framework": "onnx"})


def test_logging_out_everywhere_ends_every_token_within_five_seconds(stack: RunningStack) -> None:
    user = stack.user()
    other = User(replace(user.api, token=user.login()["access_token"]), user.email, user.id, user.tenant_id)
    other.model()

    user.api.success("DELETE", f"{USERS}/me/sessions")

    assert _last_accepted(other, time.monotonic()) < ENDS_WITHIN
    assert_problem(user.api.request("GET", f"{USERS}/me"), 401, "unauthenticated")


def test_a_new_password_ends_the_other_sessions_within_five_seconds(stack: RunningStack) -> None:
    user = stack.user()
    other = User(replace(user.api, token=user.login()["access_token"]), user.email, user.id, user.tenant_id)
    other.model()

    changed = {"password": f"another {PASSWORD}", "current_password": PASSWORD}
    user.api.success("PATCH", f"{USERS}/me", changed)

    assert _last_accepted(other, time.monotonic()) < ENDS_WITHIN
    assert user.api.request("GET", MODELS).status_code == 200
    login = {"email": user.email, "password": PASSWORD}
    assert_problem(stack.anonymous().request("POST", "/api/v1/auth/login", login), 401, "invalid_credentials")


def test_one_of_sixteen_registrations_uses_an_invitation(stack: RunningStack) -> None:
    admin = stack.user()
    email = f"racer.{admin.email}"
    invitation = admin.api.post(f"{USERS}/invitations", {"email": email, "roles": ["viewer"]})["token"]
    body = {"email": email, "password": PASSWORD, "invitation": invitation}
    api = stack.anonymous()

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: api.request("POST", "/api/v1/auth/register", body), range(16)))

    assert [answer.status_code for answer in answers].count(201) == 1
    for answer in answers:
        if answer.status_code != 201:
            assert_problem(answer, 422, "invalid_input", "invitation")
    assert len(admin.api.get(USERS)["items"]) == 2


def test_a_person_of_two_organizations_sees_each_with_its_own_token(stack: RunningStack) -> None:
    first, second = stack.user(), stack.user()
    model = second.model()
    invitation = second.api.post(f"{USERS}/invitations", {"email": first.email, "roles": ["viewer"]})["token"]
    joined = first.api.post(
        "/api/v1/auth/register", {"email": first.email, "password": PASSWORD, "invitation": invitation}
    )

    login = {"email": first.email, "password": PASSWORD}
    choice = stack.anonymous().request("POST", "/api/v1/auth/login", login)
    assert_problem(choice, 409, "organization_required", "organization")
    assert {each["id"] for each in choice.json()["organizations"]} == {first.tenant_id, second.tenant_id}
    seen = {}
    for tenant in (first.tenant_id, second.tenant_id):
        first.api.token = first.api.post("/api/v1/auth/login", {**login, "organization": tenant})["access_token"]
        seen[tenant] = [each["id"] for each in first.api.get(MODELS)["items"]]
    assert seen == {first.tenant_id: [], second.tenant_id: [model]}
    assert first.api.get(f"{USERS}/me")["id"] == joined["id"]
