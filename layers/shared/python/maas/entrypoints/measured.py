"""Times of predictions: told to the caller in headers, and counted."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from maas.platform import timings
from maas.platform.timings import Timings
from maas.services.call_statistics import CallStatistics

UNEXPECTED = "internal"


class Measured:
    """Pure ASGI middleware around the gate. It adds headers to answers of predictions, errors included.

    `init` is how many seconds this process took to start, None if no caller waits for that. The first request counts
    it, whether it is a prediction or not.
    """

    def __init__(self, app: ASGIApp, statistics: CallStatistics, init: float | None) -> None:
        self._app = app
        self._statistics = statistics
        self._init = init

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        init, self._init = self._init, None

        async def send_with_times(message: Message) -> None:
            if message["type"] == "http.response.start" and (call := timings.current()):
                _end(call, started, init)
                message["headers"] = [*message["headers"], *_headers(call)]
            await send(message)

        try:
            await self._app(scope, receive, send_with_times)
        except Exception:
            if call := timings.current():
                call.failed(UNEXPECTED)
                _end(call, started, init)
            raise
        finally:
            call = timings.current()
            if call and call.is_prediction:
                self._statistics.count(call)


def _end(call: Timings, started: float, init: float | None) -> None:
    if init is not None:
        call.cold = True
        call.add("init", init)
    call.ended((init or 0.0) + time.perf_counter() - started)


def _headers(call: Timings) -> list[tuple[bytes, bytes]]:
    found = [(b"server-timing", call.header()), (b"x-cold-start", b"true" if call.cold else b"false")]
    if call.version:
        found.append((b"x-model-version", f"{call.model_id}/{call.version}".encode()))
    if call.rollout_id:  # also of a refused call, because a candidate may refuse what live does not
        found.append((b"x-rollout", f"{call.rollout_id}; side={call.side}".encode()))
    return found
