"""The program that sends a request, as API Gateway and the program itself describe it."""

from typing import Annotated

from fastapi import Depends, Request

from maas.domain.characters import visible
from maas.domain.identity.accounts import Client

_AGENT_SHOWN = 200


async def _client(request: Request) -> Client:
    """The address is API Gateway's own. What the program says of itself is cut and made visible, for people to read."""
    http = (request.scope.get("aws.event") or {}).get("requestContext", {}).get("http", {})
    return Client(str(http.get("sourceIp", "")), visible(str(http.get("userAgent", ""))[:_AGENT_SHOWN]))


RequestClient = Annotated[Client, Depends(_client)]
