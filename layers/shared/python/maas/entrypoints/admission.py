"""The rules of the gate: a request's context, who calls, whether the request is admitted, and its line in the log.

They read events of API Gateway (payload 2.0): requests on the short way (short_ways.py) never become ASGI's.
"""

import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from maas.domain.errors import RateLimited
from maas.domain.identity.networks import check_source
from maas.domain.identity.principals import Principal
from maas.domain.ids import new_id
from maas.entrypoints.key_uses import observe_key_use
from maas.entrypoints.refusals import observe
from maas.platform import deadline, spans, trace
from maas.platform.observability import log_call
from maas.platform.request_context import RequestContext
from maas.platform.request_ids import GATEWAY_FIELD, is_sane, log_fields
from maas.services.observations import Observations
from maas.services.request_limits import RequestLimits
from maas.web.principal import authenticated

Event = Mapping[str, Any]
Current = Callable[[Principal], Principal]
Headers = list[tuple[str, str]]
# Seconds after which API Gateway gives a request up.
_AGE_MAX = 30.0


class Admission:
    """Paths in `public` need no principal; every other path does.

    Everybody who calls a path of `nameless` is its principal, whatever the request shows. A path with None is unknown.

    `current` looks the principal up, where the function can do so by itself; elsewhere the registry does. Whoever looks
    an API key up compares its networks with the request's address: the authorizer's answer may be a minute old.
    `limits` counts requests with a principal; None counts nothing. `observations` takes refusals of rights, and
    uses of API keys from new networks.
    """

    def __init__(
        self,
        public: frozenset[str],
        current: Current | None = None,
        limits: RequestLimits | None = None,
        observations: Observations | None = None,
        nameless: Mapping[str, Principal | None] = MappingProxyType({}),
    ) -> None:
        self._public, self._nameless = public, nameless
        self._current = current
        self._limits = limits
        self._observations = observations

    def is_public(self, path: str) -> bool:
        return path in self._public

    def is_unknown(self, path: str) -> bool:
        return path in self._nameless and self._nameless[path] is None

    def claimed(self, event: Event, path: str) -> Principal:
        """Returns who calls, as far as the authorizer knows. Raises Unauthenticated."""
        return self._nameless.get(path) or authenticated(_authorizer_context(event))

    def admit(self, request: RequestContext, claimed: Principal, added_headers: Headers) -> None:
        """Counts the request and sets its principal. `added_headers` gets the headers that tell of the limits.

        Raises RateLimited if the caller may make no more requests now, PermissionDenied for an address that is not
        its key's, and what `current` raises.
        """
        if refused := self._counted(claimed, added_headers):
            raise refused
        request.principal = self._current(claimed) if self._current else claimed
        check_source(request.principal.networks, request.source_address)

    def ended(
        self, request: RequestContext, event: Event, context: Any, method: str, status: int, started: float
    ) -> None:
        """Notes what observers want to know, and logs the line of a request that began at `started`."""
        if self._observations:
            if status != 401:
                observe_key_use(self._observations, request, _authorizer_context(event))
            observe(self._observations, request, event)
        seconds = time.perf_counter() - started
        outcome = {
            # Lambda's own lines about the request, such as a timeout, have it too.
            "function_request_id": getattr(context, "aws_request_id", ""),
            "route": event.get("routeKey", ""),
            "status": status,
            "milliseconds": round(seconds * 1000, 2),
        }
        log_call("request", {**request.log_fields, **outcome})
        if spans.is_on():
            _export(request, event.get("routeKey", "") or method, method, status, seconds)

    def _counted(self, by: Principal, added_headers: Headers) -> RateLimited | None:
        """Counts the request. Returns the error if it is one too many."""
        if self._limits is None:
            return None
        verdict = self._limits.take(by)
        if verdict.policy:
            limit_headers = [("ratelimit-policy", verdict.policy), ("ratelimit", verdict.state)]
            added_headers.extend(limit_headers)
        return verdict.refused


def request_context(event: Event, context: Any, headers: Mapping[str, str], path: str) -> RequestContext:
    """The context of a request. `context` is Lambda's, if there is one; names in `headers` are in lower case."""
    of_event = event_context(event)
    current, gateway_id = spans.started(headers.get(trace.HEADER, "")), str(of_event.get("requestId", ""))
    given = headers.get("x-request-id", "")
    request_id = given if is_sane(given) else gateway_id or new_id()
    ends = deadline.after(context.get_remaining_time_in_millis() / 1000) if context else None
    fields = {**log_fields(request_id, gateway_id), **current.log_fields()}
    return RequestContext(
        current,
        request_id,
        ends,
        log_fields=fields,
        gateway_request_id=fields.get(GATEWAY_FIELD, ""),
        source_address=str((of_event.get("http") or {}).get("sourceIp", "")),
        arrived=_arrival(of_event.get("timeEpoch")),
        open_inference=path == "/v2" or path.startswith("/v2/"),
    )


def event_context(event: Event) -> Mapping[str, Any]:
    return event.get("requestContext") or {}


def _arrival(epoch: Any) -> float | None:
    """The moment of the monotonic clock at which API Gateway got the request; `epoch` has milliseconds of its clock.

    None for an event that is repeated, which is older than a request can be, and for one of a clock that is ahead.
    """
    age = time.time() - epoch / 1000 if isinstance(epoch, int) else -1.0
    return time.monotonic() - age if 0 <= age < _AGE_MAX else None


def _export(request: RequestContext, route: str, method: str, status: int, seconds: float) -> None:
    """Exports the span of the request, named as OpenTelemetry's conventions for HTTP say."""
    found: dict[str, Any] = {"http__request__method": method, "http__response__status_code": status}
    if (call := request.timings) and call.version:
        found |= {"maas__model_id": call.model_id, "maas__version": call.version, "maas__cold_start": call.cold}
    spans.ended(request.trace, route, spans.Kind.SERVER, seconds, **found, error=status >= 500)


def _authorizer_context(event: Event) -> Mapping[str, Any]:
    authorizer = event_context(event).get("authorizer") or {}
    return authorizer.get("lambda") or {}
