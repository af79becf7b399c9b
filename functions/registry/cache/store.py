"""What the second level needs of its store. Redis matches it; so does the tests' own."""

from collections.abc import AsyncIterator, Mapping
from typing import Protocol


class Store(Protocol):
    """Every method raises Unavailable, whatever the trouble is; how long it may take is the caller's to bound."""

    async def ping(self) -> None: ...

    async def get(self, key: str) -> str | None:
        """The value's text, empty where only a revision is held."""
        ...

    async def life(self, key: str) -> float:
        """Seconds until it expires; 0 if it is not there."""
        ...

    async def put(self, key: str, revision: int, text: str, life: float, *, announce: bool) -> bool:
        """Keeps it `life` seconds unless a newer revision is held: False. `announce` tells all who listen."""
        ...

    def changes(self) -> AsyncIterator[tuple[str, int]]:
        """Keys and revisions as they are announced, until the connection is lost."""
        ...

    async def add_reads(self, reads: Mapping[str, int]) -> None:
        """How often keys were read; forgotten after some minutes."""
        ...

    async def most_read(self, limit: int) -> list[str]: ...

    async def close(self) -> None: ...
