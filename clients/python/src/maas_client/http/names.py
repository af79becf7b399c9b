"""Ids of models by their names, kept for a minute: the API takes ids."""

import time
import uuid

_KEPT = 60.0  # seconds


class Names:
    """A small cache. An entry is dropped as soon as its id is not found."""

    def __init__(self) -> None:
        self._ids: dict[str, tuple[str, float]] = {}

    def id_of(self, name: str) -> str | None:
        """Returns the id that the name had within the last minute."""
        model_id, until = self._ids.get(name, ("", 0.0))
        return model_id if time.monotonic() < until else None

    def keep(self, name: str, model_id: str) -> None:
        self._ids[name] = model_id, time.monotonic() + _KEPT

    def forget(self, path: str) -> None:
        """Drops the names of the model whose id is in the path."""
        self._ids = {name: kept for name, kept in self._ids.items() if kept[0] not in path}


def is_id(text: str) -> bool:
    """Returns whether the text is a UUID, as ids of models are. A name that looks like one is taken for an id."""
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
