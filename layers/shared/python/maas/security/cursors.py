"""Opaque list cursors: a position, signed for one list and one caller."""

from maas.domain.errors import InvalidInput, Rule
from maas.security.keyring import TokenKeys
from maas.security.signed_texts import SignedTexts


class Cursors:
    """Makes and reads cursors. Methods raise Unavailable if no key could be read yet."""

    def __init__(self, keys: TokenKeys, *, rereads: bool = False) -> None:
        self._texts = SignedTexts(keys, "maas list cursor", rereads=rereads)

    def encode(self, position: str, of_list: str) -> str:
        """The cursor of a position; empty for an empty position."""
        return self._texts.sign(position, of_list) if position else ""

    def decode(self, cursor: str, of_list: str) -> str:
        """The position of a cursor; empty for an empty cursor.

        Raises:
            InvalidInput: it is not a cursor of this list and caller, or its key is no longer accepted.
        """
        if not cursor:
            return ""
        position = self._texts.read(cursor, of_list)
        if position is None:
            message = "must be the next_cursor of an earlier page of the same list"
            raise InvalidInput.of("cursor", Rule.CURSOR, message)
        return position
