"""The FastAPI app of an HTTP function, and its Lambda handler."""

import logging
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter, FastAPI

from maas.domain.identity.principals import Principal
from maas.entrypoints import marshalling
from maas.entrypoints.answers import BoundedMangum
from maas.entrypoints.event_paths import DecodedPath
from maas.entrypoints.gate import Current, Gate
from maas.entrypoints.measured import Measured
from maas.platform.observability import logger
from maas.platform.timings import seconds_since_start, starts_on_demand
from maas.services.call_statistics import CallStatistics
from maas.services.observations import Observations
from maas.services.request_limits import RequestLimits
from maas.web import problems
from maas.web.idempotency import Idempotency

# Bodies of other types travel in base64, which people can't read in an event file or a log.
_TEXT = ["text/", "application/json", problems.MEDIA_TYPE]

LambdaHandler = Callable[[dict[str, Any], Any], Any]


def create_app(
    *routers: APIRouter,
    title: str,
    public: Collection[str] = (),
    current: Current | None = None,
    limits: RequestLimits | None = None,
    idempotency: Idempotency | None = None,
    observations: Observations | None = None,
    statistics: CallStatistics | None = None,
    nameless: Mapping[str, Principal | None] = MappingProxyType({}),
) -> FastAPI:
    """An app with `routers`, whose errors are problems. Only paths in `public` can be called without a principal.
    Whoever calls a path of `nameless` is its principal; a path with None is unknown.

    `current` gives a principal the rights that it has now; None leaves that to the registry.
    `limits` counts the requests of each principal. `observations` takes their refusals.
    `statistics` takes predictions, whose answers then have their times.
    Routes that are marked `@idempotent()` need `idempotency`.
    """
    app = FastAPI(
        title=title,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        strict_content_type=False,  # a missing content type counts as JSON; StrictRoute refuses wrong ones
    )
    app.state.idempotency = idempotency
    problems.install(app)
    for router in routers:
        app.include_router(router)
    open_to, found = frozenset(public), observations
    app.add_middleware(Gate, public=open_to, current=current, limits=limits, observations=found, nameless=nameless)
    if statistics:  # the last one added is the outermost
        init = seconds_since_start() if starts_on_demand() else None
        app.add_middleware(Measured, statistics=statistics, init=init)
    return app


def lambda_handler(app: FastAPI) -> LambdaHandler:
    """`app` behind API Gateway, without ASGI's lifespan: Mangum would run its start and end for every event."""
    # problems.py has logged an unexpected error as JSON already; Mangum would add the traceback in plain lines.
    logging.getLogger("mangum.http").setLevel(logging.CRITICAL)
    marshalling.install()
    mangum = BoundedMangum(app, lifespan="off", text_mime_types=_TEXT, custom_handlers=[DecodedPath])
    return logger.inject_lambda_context(clear_state=True)(mangum)
