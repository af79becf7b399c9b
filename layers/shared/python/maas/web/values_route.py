"""The route classes of predictions: larger bodies, and measured times."""

from collections.abc import Sequence
from typing import ClassVar

from fastapi import Request, Response

from maas.domain.inference.sizes import REQUEST_MAX
from maas.platform.timings import begun
from maas.web.negotiation import ARROW, CSV, JSON, NegotiatedRoute
from maas.web.principal import principal
from maas.web.strict import Handle, StrictRoute


class MeasuredRoute(StrictRoute):
    """Bodies are not sent to the registry, so they may be as large as Lambda accepts. Times are measured."""

    body_max = REQUEST_MAX

    def get_route_handler(self) -> Handle:
        """The handler, which measures also requests that it refuses."""
        handle = super().get_route_handler()

        async def measured(request: Request) -> Response:
            begun((await principal()).tenant_id)
            return await handle(request)

        return measured


class ValuesRoute(MeasuredRoute, NegotiatedRoute):
    """A route of predictions by MaaS's own protocol.

    Plain requests don't come here: short_way.py has their way to the endpoint.
    """

    offered: ClassVar[Sequence[str]] = (JSON, CSV, ARROW)
