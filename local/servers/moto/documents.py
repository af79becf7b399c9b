"""Documents: JSON with times and bytes, and the comparison of what is in memory with what is saved."""

import base64
import json
from collections.abc import Callable, Collection, Hashable, Iterable
from datetime import datetime
from typing import Any

# Key, a mark that differs after each change, and the value.
Document = tuple[str, Hashable, Callable[[], Any]]

_BYTES, _TIME = "$bytes", "$time"


def dumps(value: Any) -> str:
    """The text of a value."""
    return json.dumps(value, separators=(",", ":"), default=_encoded)


def loads(text: str) -> Any:
    """The value of a text."""
    return json.loads(text, object_hook=_decoded)


def whole(key: str, value: Any) -> Document:
    """A document that is small, so that its text is its mark."""
    text = dumps(value)
    return key, text, lambda: value


class Saved:
    """The marks of the documents that are on disk."""

    def __init__(self) -> None:
        self._marks: dict[str, Hashable] = {}
        self._next: dict[str, Hashable | None] = {}

    def changes(self, documents: Iterable[Document], among: Collection[str] | None = None) -> dict[str, str | None]:
        """The text of each document whose mark is new, and None for each that is gone.

        `among` are the keys of all documents that may have changed; without it, all may have.
        """
        now = {key: (mark, value) for key, mark, value in documents}
        changed = {key: dumps(value()) for key, (mark, value) in now.items() if self._marks.get(key) != mark}
        gone = dict.fromkeys(key for key in (self._marks if among is None else among) if key not in now)
        gone = {key: None for key in gone if key in self._marks}
        self._next = {key: now[key][0] for key in changed} | gone
        return changed | gone

    def written(self) -> None:
        """Remembers that the last changes are on disk."""
        for key, mark in self._next.items():
            if mark is None:
                del self._marks[key]
            else:
                self._marks[key] = mark
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
