"""Documents: JSON with times and bytes, and the comparison of what is in memory with what is saved."""

import base64
import json
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

Document = tuple[str, Any]  # key and value

_BYTES, _TIME = "$bytes", "$time"


def dumps(value: Any) -> str:
    """The text of a value."""
    return _ENCODER.encode(value)


def loads(text: str) -> Any:
    """The value of a text."""
    return _DECODER.decode(text)


class Saved:
    """The texts of the documents that are on disk."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._next: dict[str, str | None] = {}

    def changes(self, documents: Iterable[Document], among: Collection[str] | None = None) -> dict[str, str | None]:
        """The text of each document that differs from what is on disk, and None for each that is gone.

        `among` are the keys of all documents that may be gone; without it, all may.
        """
        now = {key: dumps(value) for key, value in documents}
        self._next = {key: text for key, text in now.items() if self._texts.get(key) != text}
        for key in self._texts if among is None else among:
            if key in self._texts and key not in now:
                self._next[key] = None
        return self._next

    def written(self) -> None:
        """Remembers that the last changes are on disk."""
        for key, text in self._next.items():
            if text is None:
                del self._texts[key]
            else:
                self._texts[key] = text
        self._next = {}


def _encoded(value: Any) -> Any:
    if isinstance(value, bytes):
        return {_BYTES: base64.b64encode(value).decode()}
    if isinstance(value, datetime):
        return {_TIME: value.isoformat()}
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _decoded(value: dict[str, Any]) -> Any:
    if len(value) == 1:
        name, content = next(iter(value.items()))
        if name == _BYTES and isinstance(content, str):
            return base64.b64decode(content)
        if name == _TIME and isinstance(content, str):
            return datetime.fromisoformat(content)
    return value


_ENCODER = json.JSONEncoder(separators=(",", ":"), default=_encoded)
_DECODER = json.JSONDecoder(object_hook=_decoded)
