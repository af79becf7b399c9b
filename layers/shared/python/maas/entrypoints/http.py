"""The FastAPI app of an HTTP function, and its Lambda handler."""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI

from maas.domain.identity.principals import Principal
from maas.entrypoints import marshalling
from maas.entrypoints.admission import Admission, Current
from maas.entrypoints.answers import BoundedMangum
from maas.entrypoints.gate import Gate
from maas.entrypoints.http_events import HttpEvent
from maas.entrypoints.route_groups import MadeOnDemand, RouteGroup, RouteGroups
from maas.platform.observability import LambdaHandler as LambdaHandler
from maas.platform.observability import in_context
from maas.platform.timings import seconds_since_start, starts_on_demand
from maas.services.observations import Observations
from maas.services.request_limits import RequestLimits
from maas.web import problems
from maas.web.idempotency import Idempotency

if TYPE_CHECKING:  # only a function that predicts imports them
    from maas.entrypoints.short_ways import ShortWays
    from maas.services.call_statistics import CallStatistics


def create_app(
    *routers: APIRouter,
    title: str,
    groups: Sequence[RouteGroup] = (),
    public: Collection[str] = (),
    current: Current | None = None,
    limits: RequestLimits | None = None,
    idempotency: Idempotency | None = None,
    observations: Observations | None = None,
    statistics: "CallStatistics | None" = None,
    nameless: Mapping[str, Principal | None] = MappingProxyType({}),
) -> FastAPI:
    """An app with `routers`, and `groups` that are made on demand. Its errors are problems.

    Only paths in `public` can be called without a principal. Whoever calls a path of `nameless` is its principal; a
    path with None is unknown.

    `current` gives a principal the rights that it has now; None leaves that to the registry.
    `limits` counts the requests of each principal. `observations` takes their refusals.
    `statistics` takes predictions, whose answers then have their times.
    Routes that are marked `@idempotent()` need `idempotency`.
    """
    app = _empty_app(title)
    app.state.idempotency = idempotency
    for router in routers:
        app.include_router(router)
    app.state.groups = RouteGroups(app, groups)
    app.add_middleware(MadeOnDemand, groups=app.state.groups)
    admission = Admission(frozenset(public), current, limits, observations, nameless)
    app.add_middleware(Gate, admission=admission)
    if statistics:  # the last middleware added is the outermost
        _measure(app, routers, admission, statistics, has_short_ways=current is None)
    return app


def _empty_app(title: str) -> FastAPI:
    """An app without routes, whose errors are problems."""
    app = FastAPI(
        title=title,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        strict_content_type=False,  # a missing content type counts as JSON; StrictRoute refuses wrong ones
    )
    problems.install(app)
    return app


def _measure(
    app: FastAPI,
    routers: Iterable[APIRouter],
    admission: Admission,
    statistics: "CallStatistics",
    *,
    has_short_ways: bool,
) -> None:
    """Counts and times predictions, and lets plain ones take short ways. Other functions do not load what does so."""
    from maas.entrypoints.measured import Measured, Measurements
    from maas.entrypoints.short_ways import ShortWays, ways_of

    measurements = Measurements(statistics, seconds_since_start() if starts_on_demand() else None)
    app.add_middleware(Measured, measurements=measurements)
    app.state.short_ways = ShortWays(ways_of(routers), admission, measurements) if has_short_ways else None


def lambda_handler(app: FastAPI) -> LambdaHandler:
    """`app` behind API Gateway; plain requests take the short ways of its routes."""
    # problems.py has logged an unexpected error as JSON already; Mangum would add the traceback in plain lines.
    logging.getLogger("mangum.http").setLevel(logging.CRITICAL)
    marshalling.install()
    short: ShortWays | None = getattr(app.state, "short_ways", None)
    mangum = BoundedMangum(app, short.answer if short else _no_answer, custom_handlers=[HttpEvent])
    return in_context(mangum)


def _no_answer(_event: Mapping[str, Any], _context: Any) -> None:
    return None
