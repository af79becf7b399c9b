"""Calls that would run for minutes end at their deadlines, and others are served beside them."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.samples.hostile_runs import HOSTILE
from tests.support.stack_users import User
from tests.support.stacks import RunningStack

CALLS, SECONDS = 20, 1.0


@pytest.mark.kinds("embedded")
@pytest.mark.timeout(180)
def test_calls_without_an_end_do_not_harm_another_organization(stack: RunningStack, user: User, published: str) -> None:
    other = stack.user()
    case = HOSTILE["MatMul"]()
    path = f"/api/v1/models/{other.publish(case.file)}/predict"
    try:
        other.api.post(path, {"features": case.harmless})
        with ThreadPoolExecutor(CALLS) as calls:
            endless = [
                calls.submit(other.api.request, "POST", path, {"features": case.hostile, "timeout": SECONDS})
                for _ in range(CALLS)
            ]
            healthy = [
                user.api.request("POST", f"/api/v1/models/{published}/predict", {"features": [row, 1, 2, 3]})
                for row in range(30)
            ]

        assert {each.result().status_code for each in endless} == {408}
        assert {each.status_code for each in healthy} == {200}
        assert other.api.post(path, {"features": case.harmless})["prediction"] == 9
    finally:
        other.delete_models()
