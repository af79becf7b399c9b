"""Summaries of graphs. Every method raises Unavailable if the store does not answer."""

from typing import Protocol

from maas.domain.catalog.graphs import Graph


class GraphStore(Protocol):
    """Summaries of graphs; each is stored beside the file that `storage_key` names."""

    def write(self, storage_key: str, graph: Graph) -> None:
        """Stores the summary. Idempotent."""
        ...

    def read(self, storage_key: str) -> Graph | None:
        """Returns None if there is no readable summary: it was removed, or the file is older than summaries."""
        ...
