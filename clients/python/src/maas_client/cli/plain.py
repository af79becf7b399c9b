"""Texts of the server for a terminal, which would obey control characters in them."""

import json
import re
import unicodedata

# Controls, and what changes the direction of a text or can't be seen. Joiners are parts of words and of emoji.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS, _OF_LINES = frozenset("\u200c\u200d"), frozenset("\n\t")


def plain(text: str) -> str:
    """Returns the text with its control characters written out, as repr does."""
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    return repr(character)[1:-1] if _is_hidden(character) else character


def plain_lines(text: str) -> str:
    """Returns lines of a text for a terminal, with the other control characters written out."""
    return "".join(character if character in _OF_LINES else _shown(character) for character in text)


def plain_json(text: str) -> str:
    """Returns the same JSON with such characters as escapes, which every reader takes for the characters."""
    return re.sub(r"[^ -~]", lambda found: json.dumps(found[0])[1:-1] if _is_hidden(found[0]) else found[0], text)


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in _HIDDEN and character not in _JOINERS
