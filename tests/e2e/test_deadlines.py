"""Calls that would run for minutes end at their deadlines, and others are served beside them."""

import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import psutil
import pytest

from tests.samples import onnx_files
from tests.samples.hostile_runs import HOSTILE
from tests.support.stack_users import User
from tests.support.stacks import RunningStack
from tests.support.waiting import until

CALLS, SECONDS = 20, 1.0


@pytest.mark.kinds("embedded")
def test_a_client_that_goes_away_ends_its_model_s_run(stack: RunningStack) -> None:
    user = stack.user()
    path = f"/api/v1/models/{user.publish(onnx_files.counter())}/predict"
    user.api.post(path, {"features": [3]})  # loads the model
    gateway = urlsplit(stack.url)
    connection = http.client.HTTPConnection(gateway.hostname or "", gateway.port)
    headers = {"authorization": f"Bearer {user.api.token}", "content-type": "application/json"}
    connection.request("POST", path, json.dumps({"features": [2**62], "timeout": 25}), headers)
    until(lambda: _spent(stack) > 0.1, 10)

    connection.close()

    until(lambda: _spent(stack) < 0.05, 10)
    started = time.monotonic()
    assert user.api.post(path, {"features": [3]})["prediction"] is not None
    assert time.monotonic() - started < 10  # and not after the 25 s
    user.delete_models()


def _spent(stack: RunningStack) -> float:
    """The processors that the stack's models take, over a quarter of a second."""

    def seconds() -> float:
        children = psutil.Process(stack.ready["pid"]).children(recursive=True)
        forks = [each for each in children if "maas.adapters.onnx.workers.forks_process" in _command(each)]
        return sum(_seconds_of_children(each) for each in forks)

    before = seconds()
    time.sleep(0.25)
    return max(0.0, seconds() - before) / 0.25


def _seconds_of_children(process: psutil.Process) -> float:
    try:
        return sum(sum(worker.cpu_times()[:2]) for worker in process.children())
    except psutil.Error:  # one of them has ended
        return 0


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


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
