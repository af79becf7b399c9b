"""Sheds calls early: more than the store can answer in time would only make all of them late."""

from typing import Any

from functions.registry.server.call_context import Call, Proceed
from maas.domain.errors import Exhausted


class Shed:
    """At most `most` calls are under way in this process; the next is refused at once, and may come again."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.under_way = 0
        self.shed = 0

    async def around(self, proceed: Proceed, call: Call, request: Any) -> Any:
        """Raises Exhausted."""
        if self.under_way >= self._most:
            self.shed += 1
            raise Exhausted("too many calls at once; try again")
        self.under_way += 1
        try:
            return await proceed(call, request)
        finally:
            self.under_way -= 1
