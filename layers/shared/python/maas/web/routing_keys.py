"""What a rollout routes a call by."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Query

from maas.domain.rollouts.sticky import KEY_MAX, RoutingKeys

RoutingKey = Annotated[str | None, Query(max_length=KEY_MAX)]


def routing_keys(headers: Mapping[str, str], routing_key: str | None) -> RoutingKeys:
    """The headers of a request, and its query field `routing_key`."""
    return RoutingKeys(headers, routing_key or "")
