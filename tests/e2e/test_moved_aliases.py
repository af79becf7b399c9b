"""An alias that moves again and again under calls: a second after a move, nobody gets the version before."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.samples import onnx_files
from tests.support.printed import PRINTED, Recorder
from tests.support.rounds import FULL
from tests.support.stack_users import User

CALLERS = 16
MOVES, EACH = (1000, 50) if FULL else (40, 10)
# Seconds: those of the function's own copy, and what a call takes until its version is resolved.
KEPT = 1.0


@pytest.mark.kinds("embedded")
@pytest.mark.timeout(1200 if FULL else 240)
def test_a_second_after_a_move_no_call_gets_the_version_before(user: User, record_property: Recorder) -> None:
    model_id = user.publish(onnx_files.lookup([1.0]))
    user.publish_next(model_id, "2.0.0", onnx_files.lookup([2.0]))
    path, alias = f"/api/v1/models/{model_id}/predict", f"/api/v1/models/{model_id}/aliases/moving"
    stop, found = threading.Event(), []

    def call() -> None:
        while not stop.is_set():
            answer = user.api.request("POST", path, {"version": "moving", "features": [0]})
            found.append((answer.status_code, answer.text))

    def settled() -> set[str]:
        answers = [user.api.post(path, {"version": "moving", "features": [0]})["version"] for _ in range(CALLERS)]
        return set(answers)

    user.api.success("PUT", alias, {"version": "1.0.0"})
    with ThreadPoolExecutor(CALLERS) as callers:
        try:
            for _ in range(CALLERS):
                callers.submit(call)
            for number in range(1, MOVES + 1):
                version = f"{1 + number % 2}.0.0"
                moved = user.api.request("PUT", alias, {"version": version}, headers={"if-match": "*"})
                assert moved.status_code == 200, moved.text
                if number % EACH == 0:
                    time.sleep(KEPT)
                    assert settled() == {version}
        finally:
            stop.set()
    record_property(PRINTED, f"{MOVES} moves under {CALLERS} callers: {len(found)} answers")
    assert {status for status, _ in found} == {200}, next(text for status, text in found if status != 200)
