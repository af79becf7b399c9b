"""Cursors of lists."""

from typing import Protocol


class Cursors(Protocol):
    """Opaque texts for positions. Each method may raise Unavailable. maas.domain.identity.lists names lists."""

    def encode(self, position: str, of_list: str) -> str:
        """The cursor of a position; empty for an empty position."""
        ...

    def decode(self, cursor: str, of_list: str) -> str:
        """The position of a cursor; empty for an empty cursor. Raises InvalidInput if it is of another list."""
        ...
