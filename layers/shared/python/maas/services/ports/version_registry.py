"""All methods of the registry about versions; see services.ports.registry for what every method raises."""

from typing import Protocol

from maas.domain.catalog.version_changes import NewVersion, VersionChange
from maas.domain.catalog.versions import Version
from maas.domain.identity.principals import Principal
from maas.domain.pages import Page
from maas.domain.uploads.sessions import Upload
from maas.services.ports.versions import VersionReleases


class VersionRegistry(VersionReleases, Protocol):
    """The versions of models."""

    async def create_version(
        self, by: Principal, model_id: str, new: NewVersion, expected_revision: int | None = None
    ) -> Version:
        """Creates a draft. With `expected_revision`, which is the model's, the model gets a new revision too.

        Raises InvalidInput, NotFound (model_id, parent), AlreadyExists (version), RevisionMismatch (model).
        """
        ...

    async def list_versions(self, by: Principal, model_id: str, *, limit: int, cursor: str) -> Page[Version]:
        """Lists versions, highest precedence first, without their model cards. Raises InvalidInput, NotFound."""
        ...

    async def update_version(self, by: Principal, model_id: str, version: str, change: VersionChange) -> Version:
        """Changes the fields that the version's state leaves open.

        Raises InvalidInput, NotFound, RevisionMismatch, WrongState.
        """
        ...

    async def delete_version(
        self, by: Principal, model_id: str, version: str, expected_revision: int | None = None
    ) -> Upload | None:
        """Deletes a version that was never published, and its last upload. The file is removed later.

        Returns that upload, or None if there was none. Raises InvalidInput, NotFound, WrongState, RevisionMismatch.
        """
        ...
