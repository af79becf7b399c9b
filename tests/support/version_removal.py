"""The removal of versions over stores in memory."""

from maas.services.files import FileRemover
from maas.services.ports.registry import VersionRegistry
from maas.services.versions import VersionRemoval
from tests.fakes.graph_summaries import FakeGraphStore
from tests.fakes.object_store import FakeObjectStore


def version_removal(registry: VersionRegistry) -> VersionRemoval:
    """For tests that look at the registry alone: the stores are empty."""
    return VersionRemoval(registry, FileRemover(FakeObjectStore(), FakeGraphStore()))
