"""Models that are shared by grants: with another organization, and with a colleague who has nothing else."""

from tests.e2e.problems import assert_problem
from tests.support.ending_access import ENDS_WITHIN
from tests.support.stack_users import MODELS, User
from tests.support.stacks import RunningStack
from tests.support.waiting import until

FEATURES = {"features": [9, 0, 0, 0]}


def _grant(model_id: str, subject: str) -> str:
    return f"{MODELS}/{model_id}/grants/{subject}"


def _status(user: User, model_id: str) -> int:
    return user.api.request("POST", f"{MODELS}/{model_id}/predict", FEATURES).status_code


def _within_five_seconds(user: User, model_id: str, status: int) -> None:
    until(lambda: _status(user, model_id) == status, ENDS_WITHIN)


def test_a_member_predicts_with_its_grant(user: User, published: str) -> None:
    colleague = user.colleague("member")
    assert _status(colleague, published) == 404
    user.api.success("PUT", _grant(published, colleague.id), {"role": "invoker", "kind": "user"})
    _within_five_seconds(colleague, published, 200)


def test_another_organization_predicts_with_its_grant(stack: RunningStack, user: User, published: str) -> None:
    other = stack.user()
    absent = other.api.request("GET", f"{MODELS}/{published}")
    assert_problem(absent, 404, "not_found", "model_id")
    user.api.success("PUT", _grant(published, other.tenant_id), {"role": "invoker", "kind": "organization"})
    _within_five_seconds(other, published, 200)
    assert_problem(other.api.request("GET", f"{MODELS}/{published}/grants"), 403, "permission_denied")
    user.api.success("DELETE", _grant(published, other.tenant_id))


def test_a_grant_for_nobody_of_the_organization_is_404(user: User, stranger: User, published: str) -> None:
    for kind, subject in (("user", stranger.id), ("service_account", stranger.id), ("key", "0123456789abcDEF")):
        answer = user.api.request("PUT", _grant(published, subject), {"role": "viewer", "kind": kind})
        assert_problem(answer, 404, "not_found", "subject")
