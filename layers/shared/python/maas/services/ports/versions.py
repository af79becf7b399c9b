"""Reads and releases of versions in the registry; see services.ports.registry for what every method raises."""

from typing import Protocol

from maas.domain.catalog.versions import Version
from maas.domain.identity.principals import Principal, Scope


class VersionReader(Protocol):
    """Looks up references to versions."""

    async def get_version(self, by: Principal, model_id: str, ref: str, right: Scope = Scope.MODELS_READ) -> Version:
        """`ref` is an exact version, `latest`, an alias or a range; empty is the model's `default_ref`.

        `right` is as in get_model. Raises InvalidInput (ref), NotFound (model_id, ref, default_ref), PermissionDenied.
        """
        ...


class VersionReleases(VersionReader, Protocol):
    """Looks up versions, and makes them available or not."""

    async def publish_version(
        self, by: Principal, model_id: str, version: str, force: str = "", expected_revision: int | None = None
    ) -> Version:
        """Publishes a ready version; idempotent. `force` is the reason to publish a version that breaks callers.

        Raises:
            InvalidInput, NotFound, WrongState, RevisionMismatch
            Incompatible: a minor or patch breaks callers of the release it follows, and `force` is empty.
        """
        ...

    async def deprecate_version(
        self, by: Principal, model_id: str, version: str, expected_revision: int | None = None
    ) -> Version:
        """Moves a version from published to deprecated; idempotent. An alias must not point at it.

        Raises InvalidInput, NotFound, WrongState, RevisionMismatch.
        """
        ...
