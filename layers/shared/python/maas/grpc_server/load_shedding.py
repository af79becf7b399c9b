"""Load shedding: calls beyond a limit are rejected at once, before a slow store makes every call late."""

from typing import Any

from maas.domain.errors import Exhausted
from maas.grpc_server.call_context import Call, Proceed


class LoadShedder:
    """Lets at most `limit` calls run at once in this process; a client may retry a rejected call.

    `in_flight` is the number of calls that run now, `rejected` the number rejected since the start.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.in_flight = 0
        self.rejected = 0

    async def around(self, proceed: Proceed, call: Call, request: Any) -> Any:
        """Raises Exhausted at the limit."""
        if self.in_flight >= self._limit:
            self.rejected += 1
            raise Exhausted("too many calls at once; try again")
        self.in_flight += 1
        try:
            return await proceed(call, request)
        finally:
            self.in_flight -= 1
