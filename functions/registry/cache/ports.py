"""What the second level needs of its store. Redis matches it; so does the tests' own."""

from collections.abc import AsyncIterator, Mapping
from typing import Protocol


class Store(Protocol):
    """Every method raises Unavailable, whatever the trouble is, and can be cancelled at any moment."""

    async def connect(self) -> None:
        """Before the first call, and again after trouble; may take as long as it takes to learn where the store is."""
        ...

    async def ping(self) -> None: ...

    async def get(self, key: str) -> str | None:
        """The value's text, empty where only a revision is held."""
        ...

    async def put(self, key: str, revision: int, text: str, life: float, *, announce: bool) -> bool:
        """Keeps it `life` seconds unless a newer revision is held: False. `announce` tells all who listen, kept or not:
        a deletion stays in its place for a while, and what is made again after it is older by revision.
        """
        ...

    async def empty(self, revisions: Mapping[str, int], life: float) -> None:
        """`put` and announce for many keys at once, each with its revision and no text."""
        ...

    def changes(self) -> AsyncIterator[tuple[str, int]]:
        """Keys and revisions as they are announced, until the connection is lost."""
        ...

    async def close(self) -> None: ...
