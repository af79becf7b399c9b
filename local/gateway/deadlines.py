"""The end of a call that runs a model. Functions count its time from the gateway on, but an event that waits for a
process has reached no function yet.
"""

import math
import time
from functools import cached_property
from typing import Any

from pydantic_core import from_json

import local.product  # noqa: F401 - the path to `maas`
from local.gateway.payload import Request
from local.template.specs import RouteSpec
from maas.domain.inference.protocol import TIMEOUT_MAX

# The last parts of the routes that run a model. A `timeout` in the body of another route means something else.
_CALLS = frozenset({"infer", "inference", "predict", "warm"})
_MICROSECONDS = 1_000_000
# Seconds. What is beyond them is no time limit: functions refuse it.
_MOST = 60
# Seconds that a call has without a time limit of its own, and at most: those of the functions.
CALL_MAX = float(TIMEOUT_MAX)


def runs_model(route: RouteSpec) -> bool:
    """Returns whether requests of the route run a model."""
    return route.path.rpartition("/")[2] in _CALLS


class Deadline:
    """The end of one call that began at `began`, a time of time.perf_counter()."""

    def __init__(self, route: RouteSpec, request: Request, began: float) -> None:
        self._route, self._request, self._began = route, request, began

    def seconds_left(self) -> float:
        """The seconds until the end, 0 or less behind it; infinity for a route that runs no model."""
        return self._began + self._given - time.perf_counter()

    @cached_property
    def _given(self) -> float:
        """The seconds that the request gives its call. What it is to be refused for is the function's affair.

        A body is parsed if its call has to wait, and only then. One that is compressed is not: its function still
        answers a late call without beginning it.
        """
        if not runs_model(self._route):
            return math.inf
        return min(CALL_MAX, _of_header(self._request), _of_body(self._request))


def _of_header(request: Request) -> float:
    try:
        return _seconds(float(request.headers.get("x-request-timeout", "")))
    except ValueError:
        return math.inf


def _of_body(request: Request) -> float:
    """The seconds of `timeout`, or of the parameter under /v2, which has microseconds."""
    if b'"timeout"' not in request.body:
        return math.inf
    size = request.headers.get("inference-header-content-length", "")  # of the JSON, if bytes of tensors follow
    try:
        body = from_json(request.body[: int(size)] if size.isdecimal() else request.body)
        if request.path.startswith("/v2/"):
            given = body["parameters"]["timeout"]
            return _seconds(given, _MICROSECONDS) if type(given) is int else math.inf
        return _seconds(body["timeout"])
    except (ValueError, LookupError, TypeError):
        return math.inf


def _seconds(given: Any, parts: int = 1) -> float:
    """The seconds that a number of parts of them is; infinity if it is no time limit."""
    return given / parts if type(given) in (int, float) and 0 < given <= _MOST * parts else math.inf
