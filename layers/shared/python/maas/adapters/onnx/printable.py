"""Texts from a file or a library, made safe to show.

The validator's child process imports this module, so it imports nothing of maas.
"""

TEXT_MAX = 500


def printable(text: str) -> str:
    """A text from a file, made safe to show: one printable line of at most TEXT_MAX characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:TEXT_MAX]
