"""Times of predictions that the gateway answers itself, in the headers that functions give theirs."""

import time

import local.product  # noqa: F401 - the path to `maas`
from local.functions.pool import Late, Throttled
from local.gateway.deadlines import runs_model
from local.gateway.payload import Response
from local.template.specs import RouteSpec
from maas.platform.timings import Timings


def timed(response: Response, route: RouteSpec, error: Exception, began: float, queued: float) -> Response:
    """The response, which tells of `error`, with its times if the route runs a model.

    `began` and `queued` are times of time.perf_counter(): when the request came, and when it asked for a process. By
    these headers the call is counted too (metrics.py).
    """
    if not runs_model(route):
        return response
    now, times = time.perf_counter(), Timings()
    if isinstance(error, Late | Throttled):  # no process had it
        times.add("queue", now - queued)
    times.ended(now - began)
    return Response(response.status, [*response.headers, *times.headers()], response.body)
