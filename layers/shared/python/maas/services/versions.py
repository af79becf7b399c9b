"""The removal of a version together with its file."""

from maas.domain.identity.principals import Principal
from maas.services.files import FileRemover
from maas.services.ports.registry import VersionRegistry


class VersionRemoval:
    """The use case of deleting a version."""

    def __init__(self, registry: VersionRegistry, files: FileRemover) -> None:
        self._registry = registry
        self._files = files

    async def delete(self, by: Principal, model_id: str, version: str, expected_revision: int | None) -> None:
        """Deletes a version that was never published, then what its upload has in the store.

        Raises InvalidInput, NotFound, WrongState, RevisionMismatch, Unavailable.
        """
        upload = await self._registry.delete_version(by, model_id, version, expected_revision)
        if upload:
            self._files.try_to_remove(upload)
