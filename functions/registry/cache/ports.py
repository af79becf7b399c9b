"""The port of the second level's store. Redis implements it, and so does a fake in the tests."""

from collections.abc import AsyncIterator, Mapping
from typing import Protocol


class Store(Protocol):
    """Every method raises Unavailable for any failure, and can be cancelled at any moment.

    A value is a revision and a text; an empty text is an invalidation. Keys are the texts of typed keys.
    """

    async def connect(self) -> None:
        """Must be called before any other method, and again after a failure. Waits until the address is known."""
        ...

    async def ping(self) -> None: ...

    async def get(self, key: str) -> str | None:
        """The text of the value, empty for an invalidation; None if there is no value."""
        ...

    async def put(self, key: str, revision: int, text: str, ttl: float, *, announce: bool) -> bool:
        """Stores the value for `ttl` seconds and returns True, or returns False if a newer revision is held.

        With `announce` every subscriber receives key and revision in both cases. A deletion is held for a while with
        the highest revision, and a record created again after it has a lower one.
        """
        ...

    async def empty(self, revisions: Mapping[str, int], ttl: float) -> None:
        """Puts and announces an invalidation for each key at its revision."""
        ...

    def changes(self) -> AsyncIterator[tuple[str, int]]:
        """Keys and revisions as they are announced; raises when the connection is lost."""
        ...

    async def close(self) -> None: ...
