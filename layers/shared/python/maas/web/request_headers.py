"""The headers of a request as a parameter of its endpoint, which needs nothing else of the request."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request


async def request_headers(request: Request) -> Mapping[str, str]:
    """The headers, with names in lower case."""
    return request.headers


RequestHeaders = Annotated[Mapping[str, str], Depends(request_headers)]
