"""JSON between Lambda's runtime and an HTTP function. AWS's client has simplejson, and lets a function replace it."""

import contextlib
import sys
from typing import Any

from pydantic_core import from_json, to_json

_CLIENT = "awslambdaric.lambda_runtime_client"


class FastMarshaller:
    """Reads events and writes results in a fraction of the runtime's time, and leaves to it what it can't do."""

    def __init__(self, runtimes_own: Any) -> None:
        self._runtimes_own = runtimes_own

    def unmarshal_request(self, request: bytes, content_type: str = "application/json") -> Any:
        """Returns the event."""
        if content_type == "application/json":
            with contextlib.suppress(ValueError):
                return from_json(request)
        return self._runtimes_own.unmarshal_request(request, content_type)

    def marshal_response(self, response: Any) -> tuple[Any, str]:
        """Returns the result as text or bytes, and its content type."""
        if isinstance(response, dict):
            with contextlib.suppress(ValueError):
                return to_json(response, inf_nan_mode="constants"), "application/json"
        found: tuple[Any, str] = self._runtimes_own.marshal_response(response)
        return found


def install() -> None:
    """Replaces the runtime's JSON in a process that AWS's client runs. Does nothing in others, such as tests."""
    runtime: Any = getattr(sys.modules.get(_CLIENT), "LambdaRuntimeClient", None)
    if hasattr(runtime, "marshaller"):
        runtime.marshaller = FastMarshaller(runtime.marshaller)
