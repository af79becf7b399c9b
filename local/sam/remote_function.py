"""A function behind Lambda's own API, as `sam local start-lambda` serves it."""

import json

import httpx2

from local.functions.worker import InvocationFailed
from local.template.specs import FunctionSpec

_COLD_START = 120.0  # seconds; SAM makes an image for the function first


class RemoteFunction:
    """Invoked over HTTP; the function's log is where its server writes it."""

    def __init__(self, spec: FunctionSpec, endpoint: str) -> None:
        self._spec = spec
        self._url = f"{endpoint}/2015-03-31/functions/{spec.name}/invocations"

    async def invoke(self, event: bytes) -> bytes:
        """The function's answer, as JSON.

        Raises:
            InvocationFailed: the function returned no result, or raised.
        """
        try:
            async with httpx2.AsyncClient(trust_env=False, timeout=self._spec.timeout + _COLD_START) as client:
                answer = await client.post(self._url, content=event)
        except httpx2.TransportError as error:
            raise InvocationFailed(f"{self._spec.name}: {error!r}") from error
        if not answer.is_success or is_function_error(answer.content):
            raise InvocationFailed(f"{self._spec.name}: {answer.text[:500]}")
        return answer.content


def is_function_error(payload: bytes) -> bool:
    """Whether it is a function's error: SAM answers 200 all the same, without any header that says so."""
    try:
        answer = json.loads(payload)
    except ValueError:
        return False
    return isinstance(answer, dict) and {"errorMessage", "errorType"} <= answer.keys()
