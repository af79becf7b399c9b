"""Times of predictions: told to the caller in headers, and counted."""

import time
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from maas.platform import timings
from maas.platform.timings import Timings
from maas.services.call_statistics import CallStatistics

UNEXPECTED = "internal"


@dataclass(frozen=True, slots=True)
class Measurement:
    """The time of one request: its start, and the seconds that the process took to start before it, if it waited."""

    started: float
    init: float | None

    def headers(self, call: Timings) -> list[tuple[str, str]]:
        """Ends the time of a prediction, and returns the headers that tell it."""
        self.end(call)
        return call.headers()

    def end(self, call: Timings) -> None:
        if self.init is not None:
            call.cold = True
            call.add("init", self.init)
        call.ended((self.init or 0.0) + time.perf_counter() - self.started)


class Measurements:
    """The times of a process's predictions.

    `init` is how many seconds this process took to start, None if no caller waits for that. The first request counts
    it, whether it is a prediction or not.
    """

    def __init__(self, statistics: CallStatistics, init: float | None) -> None:
        self._statistics = statistics
        self._init = init

    def begin(self) -> Measurement:
        init, self._init = self._init, None
        return Measurement(time.perf_counter(), init)

    def count(self, call: Timings | None) -> None:
        """Counts a request that has ended, if it was a prediction."""
        if call and call.is_prediction:
            self._statistics.count(call)


class Measured:
    """Pure ASGI middleware around the gate. It adds headers to answers of predictions, errors included."""

    def __init__(self, app: ASGIApp, measurements: Measurements) -> None:
        self._app = app
        self._measurements = measurements

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        measurement = self._measurements.begin()

        async def send_with_times(message: Message) -> None:
            if message["type"] == "http.response.start" and (call := timings.current()):
                headers = [(name.encode(), value.encode()) for name, value in measurement.headers(call)]
                message["headers"] = [*message["headers"], *headers]
            await send(message)

        try:
            await self._app(scope, receive, send_with_times)
        except Exception:  # a bug, which counts as an error too and is answered further out
            if call := timings.current():
                call.failed(UNEXPECTED)
                measurement.end(call)
            raise
        finally:
            self._measurements.count(timings.current())
