"""The route class of predictions: larger bodies, and measured times."""

from collections.abc import Sequence
from typing import ClassVar

from fastapi import Request, Response

from maas.domain.inference.sizes import REQUEST_MAX
from maas.platform.timings import begun
from maas.web.negotiation import ARROW, CSV, JSON, NegotiatedRoute
from maas.web.principal import principal
from maas.web.strict import Handle


class ValuesRoute(NegotiatedRoute):
    """A body of values is not sent to the registry, so it may be as large as Lambda accepts.

    Plain requests don't come here: short_way.py has their way to the endpoint.
    """

    body_max = REQUEST_MAX
    offered: ClassVar[Sequence[str]] = (JSON, CSV, ARROW)

    def get_route_handler(self) -> Handle:
        """The handler, which measures also requests that it refuses."""
        handle = super().get_route_handler()

        async def measured(request: Request) -> Response:
            begun((await principal()).tenant_id)
            return await handle(request)

        return measured
