"""The HTTP API: what API Gateway does between a client and the functions."""

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.functions.pool import Late, Pool, Throttled
from local.functions.worker import MAX_PAYLOAD, InvocationFailed
from local.gateway import prediction_times, tracing
from local.gateway.authorizer import Authorizer
from local.gateway.connection import GONE, Write
from local.gateway.cors import Cors
from local.gateway.deadlines import Deadline
from local.gateway.disk import Disk
from local.gateway.masking import masked
from local.gateway.metrics import Metrics, is_asked
from local.gateway.payload import (
    MalformedResult,
    Request,
    Response,
    identified,
    parse_result,
    request_event,
    whole_event,
)
from local.gateway.peers import Peers
from local.gateway.reading import Received, read
from local.gateway.refusals import Refusal
from local.gateway.routes import RouteTable
from local.template.specs import Application, RouteSpec
from maas.domain.inference.outputs import TOO_LONG

# The status of a request whose client went away before it had a response: in the log and in figures, as nginx has it.
CLIENT_GONE = 499
# Seconds after which a queue that was full may have a place again.
_RETRY_AFTER = 1


class Gateway:
    """Routes, authorizes and invokes. Responds as API Gateway does; logs each request as one line of JSON."""

    def __init__(
        self, application: Application, pools: Mapping[str, Pool], log: Path, peers: Peers, disk: Disk
    ) -> None:
        self._routes = RouteTable(application.routes)
        self._pools = pools
        self._cors = Cors(application.cors)
        authorizers = {route.authorizer.name: route.authorizer for route in application.routes if route.authorizer}
        self._authorizers = {name: Authorizer(spec, pools[spec.function]) for name, spec in authorizers.items()}
        self._peers = peers
        self._disk = disk
        self._metrics = Metrics(pools)
        self._log = log.open("ab", buffering=0)

    def close(self) -> None:
        """Closes the request log."""
        self._log.close()

    def count_prediction(self, headers: Mapping[str, str], code: str) -> None:
        """Counts a prediction that did not pass the gateway, as `Metrics.count_prediction` does."""
        self._metrics.count_prediction(headers, code)

    async def __call__(self, received: Received, write: Write) -> None:
        """Handles one request, and writes its response. Ends at once if the client goes away: nobody would read it."""
        started = time.perf_counter()
        request_id, current = str(uuid.uuid4()), tracing.started(dict(received.headers).get(tracing.HEADER, ""))
        fields: dict[str, Any] = {"route": None, "function": None}
        try:
            request = read(received, request_id, self._peers)
            request.headers[tracing.HEADER] = current.parent
            fields["request_bytes"] = len(request.body)
            response = await self._own_response(received, request)
            if response is None:
                response = self._cors.add(request.headers, await self._respond(request, fields, started))
        except asyncio.CancelledError as cancelled:
            if cancelled.args != (GONE,):  # the stack stops
                raise
            response = Response(CLIENT_GONE, [], b"")
        except Exception as error:  # noqa: BLE001 - as in _respond
            response = _refused(error, request_id, received.path, fields)
        response = identified(response, request_id)
        # Logged first, so that a client with a response finds its request in the log.
        self._log_request(received, request_id, response, started, fields | current.log_fields())
        write(response)
        self._metrics.count(fields["route"], response, time.perf_counter() - started)
        current.ended(received.method, fields["route"], response.status)

    async def _own_response(self, received: Received, request: Request) -> Response | None:
        """The response to a request that is not for a function."""
        response = self._cors.preflight(request.method, request.headers)
        if response is None and is_asked(request, received):
            response = await asyncio.to_thread(self._metrics.page)  # 0.6 s for 200 versions, in which others are served
        return response

    async def _respond(self, request: Request, fields: dict[str, Any], started: float) -> Response:
        try:
            found = self._routes.match(request.method, request.path)
            if found is None:
                raise Refusal(404, "Not Found", f"There is no route {request.method} {request.path}.")
            route, parameters = found
            fields |= {"route": route.key, "function": route.function}
            event, deadline = request_event(request, route.key, parameters), Deadline(route, request, started)
            if route.authorizer is not None:
                context = await self._authorizers[route.authorizer.name].context(request, event, deadline.seconds_left)
                event["requestContext"]["authorizer"] = {"lambda": context}
        except Exception as error:  # noqa: BLE001 - the server would answer with bare text, and log nothing
            # Handled here and not in __call__, so that CORS headers are added and browsers can read refusals.
            return _refused(error, request.id, request.path, fields)
        queued = time.perf_counter()
        try:
            _check_size(len(request.body))  # before the event is written, which takes a while
            return await self._store(route, whole_event(event, request), _tenant(event), deadline)
        except Exception as error:  # noqa: BLE001 - as above
            refused = _refused(error, request.id, request.path, fields)
            return prediction_times.timed(refused, route, error, started, queued)  # its credential was good

    async def _store(self, route: RouteSpec, payload: bytes, tenant: str, deadline: Deadline) -> Response:
        """Invokes the function, unless the disk is too full for what the route stores."""
        self._disk.refuse_write(route)
        try:
            response = await self._invoke(route, payload, tenant, deadline)
        except Refusal as refusal:
            self._disk.explain(route, refusal.status)
            raise
        self._disk.explain(route, response.status)
        return response

    async def _invoke(self, route: RouteSpec, payload: bytes, tenant: str, deadline: Deadline) -> Response:
        _check_size(len(payload))
        try:
            async with asyncio.timeout(route.timeout):
                pool = self._pools[route.function]
                return parse_result(await pool.invoke(payload, tenant, deadline.seconds_left))
        except TimeoutError as error:
            detail = f"The function did not respond within {route.timeout:g} s."
            raise Refusal(503, "Service Unavailable", detail) from error
        except Throttled:
            raise  # not the function's failure
        except (InvocationFailed, MalformedResult) as error:
            raise Refusal(500, "Internal Server Error", "The function failed.", str(error)) from error

    def _log_request(
        self, received: Received, request_id: str, response: Response, started: float, fields: dict[str, Any]
    ) -> None:
        entry = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "method": received.method,
            "path": received.path,
            "status": response.status,
            "response_bytes": len(response.body),
            "ms": round((time.perf_counter() - started) * 1000, 2),
            "request_id": dict(response.headers)["x-request-id"],
            "gateway_request_id": request_id,
        }
        with contextlib.suppress(OSError):  # a full disk; the response matters more
            self._log.write(masked(json.dumps(entry | fields)).encode() + b"\n")


# API Gateway sends a binary body as base64, four bytes for three.
_TOO_LARGE = (
    "The request is larger than 6 MB, a function's limit. A binary body may have 4.5 MB, since it becomes base64."
)


def _check_size(size: int) -> None:
    if size > MAX_PAYLOAD:
        raise Refusal(413, "Request Entity Too Large", _TOO_LARGE)


def _tenant(event: dict[str, Any]) -> str:
    """The caller's organization; empty without an authorizer."""
    authorized = event["requestContext"].get("authorizer", {}).get("lambda") or {}
    found: str = authorized.get("tenant", "")
    return found


def _refused(error: Exception, request_id: str, path: str, fields: dict[str, Any]) -> Response:
    """The answer to a refused request; 500 for a fault of the gateway itself. The request log gets the reason."""
    if isinstance(error, Late):
        error = Refusal(408, "Request Timeout", TOO_LONG, str(error))
    elif isinstance(error, Throttled):
        detail = "Too many requests are waiting for a process of this server."
        error = Refusal(429, "Too Many Requests", detail, str(error), _RETRY_AFTER)
    elif not isinstance(error, Refusal):
        error = Refusal(500, "Internal Server Error", "The gateway failed.", repr(error))
    fields["error"] = str(error)
    return error.response(request_id, path)
