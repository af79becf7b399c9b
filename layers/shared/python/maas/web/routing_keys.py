"""What a rollout routes a call by."""

from typing import Annotated

from fastapi import Query, Request

from maas.domain.rollouts.sticky import RoutingKeys

RoutingKey = Annotated[str | None, Query(max_length=256)]


def routing_keys(request: Request, routing_key: str | None) -> RoutingKeys:
    """The headers of a request, and its query field `routing_key`."""
    return RoutingKeys(request.headers, routing_key or "")
