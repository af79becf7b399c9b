"""Removal of the files of uploads that nothing refers to any more."""

from maas.domain.errors import Unavailable
from maas.domain.uploads.sessions import Upload
from maas.platform.observability import logger
from maas.services.ports.storage import GraphStore, ObjectStore


class FileRemover:
    """Removes what an upload has in the store: its parts, the assembled file, and the summary of its graph."""

    def __init__(self, objects: ObjectStore, graphs: GraphStore) -> None:
        self._objects = objects
        self._graphs = graphs

    def remove(self, upload: Upload) -> None:
        """Idempotent. Raises Unavailable."""
        self._objects.abort(upload.storage_key, upload.storage_upload_id)
        self._objects.remove(upload.storage_key)
        self._graphs.remove(upload.storage_key)

    def try_to_remove(self, upload: Upload) -> None:
        """Removes them for a change that the registry has made, and that therefore must not fail any more."""
        try:
            self.remove(upload)
        except Unavailable:
            logger.warning("a file that is not used any more stays in the store", storage_key=upload.storage_key)
