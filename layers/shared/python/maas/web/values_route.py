"""The route class of predictions: larger bodies, measured times, and a short way for plain requests."""

from collections.abc import Callable, Coroutine, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, ClassVar

from fastapi import Request, Response
from pydantic import BaseModel
from pydantic_core import from_json
from starlette.types import Message, Receive

from maas.domain.identity.principals import Principal
from maas.domain.inference.sizes import REQUEST_MAX
from maas.platform.timings import begun
from maas.web.model_paths import unescaped
from maas.web.negotiation import ARROW, CSV, JSON, NegotiatedRoute, preferred
from maas.web.principal import principal, required_scope
from maas.web.strict import Handle, repeated_names

Endpoint = Callable[..., Coroutine[Any, Any, Response]]


class ValuesRoute(NegotiatedRoute):
    """A body of values is not sent to the registry, so it may be as large as Lambda accepts.

    FastAPI solves the tree of dependencies for each request, which takes longer than a small model
    (docs/benchmarks.md#predict-handler). So a plain request with a valid body goes to its endpoint directly. Any other
    one goes FastAPI's way, which finds what is wrong with it: no rule is written twice.
    """

    body_max = REQUEST_MAX
    offered: ClassVar[Sequence[str]] = (JSON, CSV, ARROW)

    def get_route_handler(self) -> Handle:
        """The handler, which measures also requests that it refuses."""
        handle, direct = super().get_route_handler(), self._direct()

        async def measured(request: Request) -> Response:
            caller = await principal()
            begun(caller.tenant_id)
            body = await request.body()
            found = await direct(request, caller, body)
            return found or await handle(Request(request.scope, _read_again(body)))

        return measured

    def _direct(self) -> Callable[[Request, Principal, bytes], Coroutine[Any, Any, Response | None]]:
        """The short way; it returns None for a request that is not to take it."""
        endpoint: Endpoint = self.endpoint
        scope = required_scope(each.call for each in self.dependant.dependencies)
        model = self.body_field.field_info.annotation if self.body_field else None
        assert isinstance(model, type)
        assert issubclass(model, BaseModel)
        special = {"content-encoding", *(field.alias for field in self.dependant.header_params)}
        validate = model.__pydantic_validator__.validate_python

        async def direct(request: Request, caller: Principal, body: bytes) -> Response | None:
            if not self._is_plain(request, body, special) or scope not in caller.scopes or repeated_names(body):
                return None
            try:
                values = validate(from_json(body))
            except ValueError:  # pydantic's errors too
                return None
            path = {name: unescaped(value) for name, value in request.path_params.items()}
            return await endpoint(request=request, caller=caller, body=values, **path)

        return direct

    def _is_plain(self, request: Request, body: bytes, special: AbstractSet[str]) -> bool:
        """Returns whether there is nothing to refuse but the content of the body, and no header in `special`."""
        headers = request.headers
        return (
            not request.scope["query_string"]
            and headers.get("content-type") == "application/json"
            and special.isdisjoint(headers.keys())
            and len(body) <= self.body_max
            and preferred(headers.get("accept"), self.offered) is not None
        )


def _read_again(body: bytes) -> Receive:
    """The messages of a request whose body has been read."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
