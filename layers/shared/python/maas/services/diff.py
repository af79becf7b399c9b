"""Comparison of two versions of a model."""

from maas.domain.catalog.diff import VersionDiff, compare_versions
from maas.domain.catalog.graph_diff import GraphDiff, compare_graphs
from maas.domain.catalog.versions import Version
from maas.domain.identity.principals import Principal
from maas.services.ports.graphs import GraphStore
from maas.services.ports.version_registry import VersionRegistry
from maas.services.references import check, resolve


class DiffService:
    """The use case of comparing versions. A caller sees of the graphs no more than by downloading both files."""

    def __init__(self, versions: VersionRegistry, graphs: GraphStore) -> None:
        self._versions = versions
        self._graphs = graphs

    async def diff(self, by: Principal, model_id: str, old: str, new: str) -> VersionDiff:
        """The differences from version `old` to version `new`, both references.

        Raises InvalidInput (old, new), NotFound (model_id, old, new), Unavailable.
        """
        check({"old": old, "new": new})
        before = await resolve(self._versions, by, model_id, old, "old")
        after = await resolve(self._versions, by, before.model_id, new, "new")
        return compare_versions(before, after, self._graph_diff(before, after))

    def _graph_diff(self, old: Version, new: Version) -> GraphDiff | str:
        """The differences between the graphs, or the reason why they can't be compared."""
        if old.artifact is None or new.artifact is None:
            missing = old if old.artifact is None else new
            return f"version {missing.version} has no file that passed validation"
        if old.artifact.sha256 == new.artifact.sha256:
            return GraphDiff()
        if old.artifact.format != new.artifact.format:
            return f"the formats differ: {old.artifact.format} and {new.artifact.format}"
        before, after = (self._graphs.read(file.storage_key) for file in (old.artifact, new.artifact))
        if before is None or after is None:
            missing = old if before is None else new
            return f"the store has no readable summary of the graph of version {missing.version}"
        return compare_graphs(before, after)
