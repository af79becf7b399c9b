"""The headers of predictions that the gateway answers itself."""

import time

import pytest

from local.functions.pool import Late, Throttled
from local.gateway.metrics import parts
from local.gateway.payload import Response
from local.gateway.prediction_times import timed
from local.gateway.refusals import Refusal
from local.template.specs import RouteSpec
from maas.platform.timings import Timings

REFUSED = Response(408, [("content-type", "application/problem+json")], b"{}")


def headers(error: Exception, path: str = "/api/v1/models/{model_id}/predict") -> dict[str, str]:
    """The headers of a call that came 3 s ago, and has asked for a process 2 s ago."""
    now = time.perf_counter()
    response = timed(REFUSED, RouteSpec("POST", path, "Function"), error, now - 3, now - 2)
    assert (response.status, response.body) == (REFUSED.status, REFUSED.body)
    return dict(response.headers)


@pytest.mark.parametrize("error", [Late("late"), Throttled("full")])
def test_a_call_that_no_process_had_was_in_the_queue(error: Exception) -> None:
    found = headers(error)
    times = dict(parts(found["server-timing"]))
    assert found["x-cold-start"] == "false"
    assert (times["queue"] >= 2, times["other"] >= 0.9, times["infer"]) == (True, True, 0)
    assert times["total"] == pytest.approx(times["queue"] + times["other"], abs=0.002)


def test_a_call_that_a_process_may_have_had_was_in_no_queue_that_is_known() -> None:
    times = dict(parts(headers(Refusal(500, "Internal Server Error", "The function failed."))["server-timing"]))
    assert (times["queue"], times["total"] >= 3) == (0, True)


def test_the_parts_are_those_of_functions() -> None:
    call = Timings()
    call.ended(1)
    named = {name for name, _ in call.headers()}
    found = headers(Late("late"))
    assert found.keys() == named | {"content-type"}
    assert [name for name, _ in parts(found["server-timing"])] == [name for name, _ in parts(call.header())]


def test_the_answer_of_another_route_has_no_times() -> None:
    assert headers(Throttled("full"), "/api/v1/models").keys() == {"content-type"}
