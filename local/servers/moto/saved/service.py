"""The frame of a saved service."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from local.servers.moto.calls import Call
from local.servers.moto.documents import Document, Saved


class SavedService(ABC):
    """A service whose documents are compared with what is saved after each call that may have changed one."""

    name: str  # of the service's documents in the store

    def __init__(self) -> None:
        self.saved = Saved()

    def load(self, documents: Iterable[tuple[str, Any]]) -> None:
        """Puts what was saved into moto."""
        self.restore(dict(documents))
        self.saved.changes(self.documents())
        self.saved.written()

    def changes(self, _call: Call) -> Mapping[str, str | None]:
        """The text of each document that a call has changed, and None for each that is gone."""
        return self.saved.changes(self.documents())

    def written(self) -> None:
        """Remembers that the last changes are on disk."""
        self.saved.written()

    @abstractmethod
    def restore(self, values: Mapping[str, Any]) -> None:
        """Makes moto's objects. `values` has the documents by key, in the order of their creation."""

    @abstractmethod
    def documents(self) -> Iterator[Document]:
        """Yields everything that has to be saved."""
