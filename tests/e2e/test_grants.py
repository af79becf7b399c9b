"""Models that are shared by grants: with another organization, and with a colleague who has nothing else."""

import time

import pytest

from tests.e2e.problems import assert_problem
from tests.support.rounds import FULL
from tests.support.stack_users import MODELS, User
from tests.support.stacks import RunningStack

FEATURES = {"features": [9, 0, 0, 0]}
# docs/decisions/0046-access-ends-at-the-records.md
ENDS_WITHIN = 5.0
ROUNDS = 20 if FULL else 1


def _grant(model_id: str, subject: str) -> str:
    return f"{MODELS}/{model_id}/grants/{subject}"


def _status(user: User, model_id: str) -> int:
    return user.api.request("POST", f"{MODELS}/{model_id}/predict", FEATURES).status_code


def _seconds_until(user: User, model_id: str, status: int) -> float:
    """Predicts until the answer has this status. Returns the seconds up to the last answer with another one."""
    started = last = time.monotonic()
    while time.monotonic() - started < 3 * ENDS_WITHIN:
        before = time.monotonic()
        if _status(user, model_id) == status:
            return last - started
        last = before
    raise AssertionError(f"no {status} within {3 * ENDS_WITHIN} s")


@pytest.fixture
def colleague(local_stack: RunningStack, user: User) -> User:
    """A member of the user's organization without any role but `member`."""
    return _as_member(local_stack, local_stack.user(), user.tenant_id)


def _as_member(stack: RunningStack, newcomer: User, tenant_id: str) -> User:
    """Moves a user to another organization, as a member, by the records alone, and logs in there."""
    client = stack.client("dynamodb")
    [table] = [name for name in client.list_tables()["TableNames"] if "Identity" in name or "identity" in name]
    old = {"pk": {"S": f"TENANT#{newcomer.tenant_id}"}, "sk": {"S": f"USER#{newcomer.id}"}}
    item = client.get_item(TableName=table, Key=old)["Item"]
    moved = {**item, "pk": {"S": f"TENANT#{tenant_id}"}, "roles": {"L": [{"S": "member"}]}}
    client.put_item(TableName=table, Item=moved)
    client.update_item(
        TableName=table,
        Key={"pk": {"S": f"EMAIL#{newcomer.email}"}, "sk": {"S": "CREDENTIALS"}},
        UpdateExpression="SET tenant_id = :tenant",
        ExpressionAttributeValues={":tenant": {"S": tenant_id}},
    )
    newcomer.tenant_id = tenant_id
    newcomer.api.token = newcomer.login()["access_token"]
    return newcomer


def test_a_member_predicts_with_its_grant_until_it_is_deleted(user: User, colleague: User, published: str) -> None:
    assert _status(colleague, published) == 404
    for _ in range(ROUNDS):
        user.api.success("PUT", _grant(published, colleague.id), {"role": "invoker", "kind": "user"})
        assert _seconds_until(colleague, published, 200) <= ENDS_WITHIN
        user.api.success("DELETE", _grant(published, colleague.id))
        assert _seconds_until(colleague, published, 404) <= ENDS_WITHIN


def test_another_organization_predicts_with_its_grant_until_it_is_deleted(
    stack: RunningStack, user: User, stranger: User, published: str
) -> None:
    absent = stranger.api.request("GET", f"{MODELS}/{published}")
    assert_problem(absent, 404, "not_found", "model_id")
    user.api.success("PUT", _grant(published, stranger.tenant_id), {"role": "invoker", "kind": "organization"})
    assert _seconds_until(stranger, published, 200) <= ENDS_WITHIN
    assert_problem(stranger.api.request("GET", f"{MODELS}/{published}/grants"), 403, "permission_denied")
    user.api.success("DELETE", _grant(published, stranger.tenant_id))
    assert _seconds_until(stranger, published, 404) <= ENDS_WITHIN


def test_a_grant_for_nobody_of_the_organization_is_404(user: User, stranger: User, published: str) -> None:
    for kind, subject in (("user", stranger.id), ("service_account", stranger.id), ("key", "0123456789abcDEF")):
        answer = user.api.request("PUT", _grant(published, subject), {"role": "viewer", "kind": kind})
        assert_problem(answer, 404, "not_found", "subject")
