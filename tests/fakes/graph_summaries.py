"""A store of graph summaries in memory."""

from maas.domain.catalog.graphs import Graph


class FakeGraphStore:
    """`graphs` holds the summaries by the storage key of their file."""

    def __init__(self) -> None:
        self.graphs: dict[str, Graph] = {}

    def write(self, storage_key: str, graph: Graph) -> None:
        self.graphs[storage_key] = graph

    def read(self, storage_key: str) -> Graph | None:
        return self.graphs.get(storage_key)
