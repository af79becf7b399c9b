"""Answers plain requests of predictions without Mangum and FastAPI (docs/decisions/0092-the-short-way.md)."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Response

from maas.domain.errors import MaasError, Unauthenticated
from maas.domain.identity.principals import Principal
from maas.entrypoints.admission import Admission, Event, Headers, event_context, request_context
from maas.entrypoints.answers import gateway_answer
from maas.entrypoints.measured import UNEXPECTED, Measurements
from maas.platform.request_context import CURRENT, RequestContext
from maas.platform.timings import begun, current
from maas.web import problems
from maas.web.short_way import Call, ShortWay
from maas.web.unrouted import is_shadowed
from maas.web.values_route import ValuesRoute


@dataclass(frozen=True, slots=True)
class _Plain:
    """A request that takes the short way: `claimed` calls the endpoint by `call`."""

    event: Event
    path: str
    headers: Mapping[str, str]
    claimed: Principal
    call: Call


def ways_of(routers: Iterable[APIRouter]) -> Mapping[str, ShortWay]:
    """The short ways of the routes that have one, by their route keys."""
    routes = [route for router in routers for route in router.routes if isinstance(route, ValuesRoute)]
    return {f"{method} {route.path}": ShortWay(route) for route in routes for method in route.methods or ()}


class ShortWays:
    """The short ways of one app, by the route key of API Gateway. The answers are the same as the app's own."""

    def __init__(self, ways: Mapping[str, ShortWay], admission: Admission, measurements: Measurements) -> None:
        self._ways = ways
        self._admission = admission
        self._measurements = measurements

    def answer(self, event: Event, context: Any) -> dict[str, Any] | None:
        """The answer to an event; None if its request is to go to the app. That is known before anything is done."""
        plain = self._plain(event)
        if plain is None:
            return None
        # The loop that Mangum uses: channels to other processes belong to it.
        loop = asyncio.get_event_loop()
        return gateway_answer(*loop.run_until_complete(self._answered(plain, context)))

    def _plain(self, event: Event) -> _Plain | None:
        """A request whose event has everything in its usual place."""
        of_event = event_context(event)
        way = self._ways.get(of_event.get("routeKey", ""))
        body, has_more = event.get("body"), event.get("isBase64Encoded") or event.get("cookies")
        if way is None or has_more or event.get("version") != "2.0" or event.get("rawQueryString") or not body:
            return None
        method, path = of_event["http"]["method"], of_event["http"]["path"]
        headers = {name.lower(): value for name, value in event["headers"].items()}
        is_plain = "".join(headers.values()).isascii() and of_event["routeKey"].startswith(f"{method} ")
        if not is_plain or is_shadowed(method, path):
            return None
        try:
            claimed = self._admission.claimed(event, path)
        except Unauthenticated:
            return None
        call = way.call(claimed, path, headers, body)
        return _Plain(event, path, headers, claimed, call) if call else None

    async def _answered(self, plain: _Plain, context: Any) -> tuple[Response, Headers]:
        """The response, and the headers to add to it."""
        measurement = self._measurements.begin()
        request = request_context(plain.event, context, plain.headers, plain.path)
        CURRENT.set(request)  # of this event's task
        started, status = time.perf_counter(), 500
        added_headers = [("x-request-id", request.request_id)]
        try:
            response = await self._response(plain, request, added_headers)
            status = response.status_code
            if call := request.timings:
                added_headers += measurement.headers(call)
        except Exception as error:  # noqa: BLE001 - a bug is answered
            if call := current():
                call.failed(UNEXPECTED)
                measurement.end(call)
            response, added_headers = problems.unexpected(error), []
        finally:
            self._admission.ended(request, plain.event, context, "POST", status, started)
            self._measurements.count(request.timings)
        return response, added_headers

    async def _response(self, plain: _Plain, request: RequestContext, added_headers: Headers) -> Response:
        try:
            self._admission.admit(request, plain.claimed, added_headers)
        except MaasError as error:
            return problems.answer(error)
        begun(plain.claimed.tenant_id)
        try:
            return await plain.call()
        except MaasError as error:
            return problems.answer(error, problems.NAMES.get(plain.event["routeKey"], {}))
