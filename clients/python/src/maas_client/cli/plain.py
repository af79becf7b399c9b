"""Texts of the server for a terminal, which would obey control characters in them."""

import unicodedata


def plain(text: str) -> str:
    """Returns the text with its control characters written out, as repr does."""
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    return repr(character)[1:-1] if unicodedata.category(character) in {"Cc", "Cs"} else character
