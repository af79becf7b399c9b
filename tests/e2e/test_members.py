"""Members of an organization: what is left of a member's access, and an invitation that is used once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.e2e.problems import assert_problem
from tests.support.stack_users import MODELS, PASSWORD
from tests.support.stacks import RunningStack
from tests.support.waiting import until

USERS = "/api/v1/users"


@pytest.mark.parametrize(
    ("method", "body"), [("DELETE", None), ("PATCH", {"disabled": True})], ids=["deleted", "disabled"]
)
def test_a_member_that_is_gone_is_refused_at_once(stack: RunningStack, method: str, body: Any) -> None:
    """The routes of accounts read the records with each request."""
    admin = stack.user()
    member = admin.colleague("developer")

    admin.api.success(method, f"{USERS}/{member.id}", body)

    assert_problem(member.api.request("GET", f"{USERS}/me"), 401, "unauthenticated")
    login = {"email": member.email, "password": PASSWORD}
    assert_problem(stack.anonymous().request("POST", "/api/v1/auth/login", login), 401, "invalid_credentials")


def test_cut_roles_leave_what_the_new_ones_allow(stack: RunningStack) -> None:
    admin = stack.user()
    member = admin.colleague("developer")
    model = member.model()

    admin.api.success("PATCH", f"{USERS}/{member.id}", {"roles": ["viewer"]})
    until(lambda: member.api.request("PATCH", f"{MODELS}/{model}", {"description": "x"}).status_code != 200, 5)

    answer = member.api.request("PATCH", f"{MODELS}/{model}", {"description": "x"})
    assert_problem(answer, 403, "permission_denied")
    assert member.api.request("GET", MODELS).status_code == 200


def test_a_new_password_keeps_the_session_that_set_it(stack: RunningStack) -> None:
    user = stack.user()

    changed = {"password": f"another {PASSWORD}", "current_password": PASSWORD}
    user.api.success("PATCH", f"{USERS}/me", changed)

    assert user.api.request("GET", MODELS).status_code == 200
    login = {"email": user.email, "password": PASSWORD}
    assert_problem(stack.anonymous().request("POST", "/api/v1/auth/login", login), 401, "invalid_credentials")


def test_one_of_sixteen_registrations_uses_an_invitation(stack: RunningStack) -> None:
    admin = stack.user()
    email = f"racer.{admin.email}"
    body = {"email": email, "password": PASSWORD, "invitation": admin.invitation(email, "viewer")}
    api = stack.anonymous()

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: api.request("POST", "/api/v1/auth/register", body), range(16)))

    assert [answer.status_code for answer in answers].count(201) == 1
    for answer in answers:
        if answer.status_code == 409:  # it found the invitation open, and then the account of the one that won
            assert_problem(answer, 409, "already_exists", "email")
        elif answer.status_code != 201:
            assert_problem(answer, 422, "invalid_input", "invitation")
    assert len(admin.api.get(USERS)["items"]) == 2


def test_a_person_of_two_organizations_sees_each_with_its_own_token(stack: RunningStack) -> None:
    first, second = stack.user(), stack.user()
    model = second.model()
    invitation = second.invitation(first.email, "viewer")
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
