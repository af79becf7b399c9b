"""What a rollout routes a call by."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Query, Request

from maas.domain.errors import InvalidInput, Rule
from maas.domain.rollouts.sticky import KEY_MAX, NAME_MAX, ROUTING_KEY, RoutingKeys, check_key
from maas.web.query import TAKES_FIELDS

RoutingKey = Annotated[str | None, Query(max_length=KEY_MAX)]
NO_FIELDS: Mapping[str, str] = {}


async def routing_fields(request: Request) -> Mapping[str, str]:
    """The query fields other than `routing_key`, of which a rollout may be sticky by one.

    A route that depends on this takes them, and its use case refuses those that no rollout is sticky by. Raises
    InvalidInput, whose field is that of the query.
    """
    found = {name: value for name, value in request.query_params.items() if name != ROUTING_KEY}
    for name, value in found.items():
        if not 0 < len(name) <= NAME_MAX:
            raise InvalidInput.of(name[:NAME_MAX] or '""', Rule.UNKNOWN, "is not a query parameter here")
        check_key(name, value)
    return found


setattr(routing_fields, TAKES_FIELDS, True)
RoutingFields = Annotated[Mapping[str, str], Depends(routing_fields)]


def routing_keys(
    headers: Mapping[str, str], routing_key: str | None = None, fields: Mapping[str, str] = NO_FIELDS
) -> RoutingKeys:
    """The headers of a request, and its query fields."""
    return RoutingKeys(headers, fields if routing_key is None else {**fields, ROUTING_KEY: routing_key})
