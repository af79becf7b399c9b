"""A function that `sam local start-lambda` runs, invoked by Lambda's HTTP API."""

import json

import httpx2

from local.functions.worker import InvocationFailed
from local.template.specs import FunctionSpec

_COLD_START = 120.0  # seconds; SAM first builds an image for the function


class RemoteFunction:
    """A function invoked over HTTP. Its log is part of the log of `sam local start-lambda`."""

    def __init__(self, spec: FunctionSpec, endpoint: str) -> None:
        self._spec = spec
        self._url = f"{endpoint}/2015-03-31/functions/{spec.name}/invocations"

    async def invoke(self, event: bytes) -> bytes:
        """Returns the function's result as JSON.

        Raises:
            InvocationFailed: the function returned no result, or raised.
        """
        try:
            async with httpx2.AsyncClient(trust_env=False, timeout=self._spec.timeout + _COLD_START) as client:
                response = await client.post(self._url, content=event)
        except httpx2.TransportError as error:
            raise InvocationFailed(f"{self._spec.name}: {error!r}") from error
        if not response.is_success or is_function_error(response.content):
            raise InvocationFailed(f"{self._spec.name}: {response.text[:500]}")
        return response.content


def is_function_error(payload: bytes) -> bool:
    """Returns whether the payload is a function's error. SAM answers 200 without an error header for those too."""
    try:
        result = json.loads(payload)
    except ValueError:
        return False
    return isinstance(result, dict) and {"errorMessage", "errorType"} <= result.keys()
