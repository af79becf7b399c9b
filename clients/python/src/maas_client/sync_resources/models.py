"""Made by tools/client_sync.py from maas_client/resources/models.py: do not edit."""

from collections.abc import Sequence
from datetime import datetime

from maas_client.answers import Model, ModelStatistics
from maas_client.portal import Portal, SyncPages
from maas_client.resources import models as asynchronous


class Models:
    """Models of the caller's organization, and those of others that the caller may see.

    `model` is an id or a name. `revision` limits a change to that revision of the model.
    """

    def __init__(self, portal: Portal, inner: asynchronous.Models) -> None:
        self._portal, self._inner = portal, inner

    def create(
        self,
        name: str,
        framework: str,
        *,
        description: str | None = None,
        tags: Sequence[str] | None = None,
        metadata: dict[str, str] | None = None,
        is_public: bool | None = None,
        default_ref: str | None = None,
        version: str | None = None,
        timeout: float | None = None,
    ) -> Model:
        """Creates a model; with `version` also a draft of it. Raises AlreadyExists."""
        return self._portal.run(
            self._inner.create,
            name,
            framework,
            description=description,
            tags=tags,
            metadata=metadata,
            is_public=is_public,
            default_ref=default_ref,
            version=version,
            timeout=timeout,
        )

    def list(
        self,
        *,
        q: str | None = None,
        name: str | None = None,
        framework: str | None = None,
        status: str | None = None,
        is_public: bool | None = None,
        owner: str | None = None,
        tags: Sequence[str] = (),
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        sort: str | None = None,
        visibility: str | None = None,
        limit: int | None = None,
        timeout: float | None = None,
    ) -> SyncPages[Model]:
        """Returns the models that all filters select. `q` is the beginning of names, `limit` the size of a page."""
        return SyncPages(
            self._portal,
            self._inner.list(
                q=q,
                name=name,
                framework=framework,
                status=status,
                is_public=is_public,
                owner=owner,
                tags=tags,
                created_after=created_after,
                created_before=created_before,
                sort=sort,
                visibility=visibility,
                limit=limit,
                timeout=timeout,
            ),
        )

    def get(self, model: str, *, timeout: float | None = None) -> Model:
        """Reads a model. Raises NotFound."""
        return self._portal.run(self._inner.get, model, timeout=timeout)

    def update(
        self,
        model: str,
        *,
        name: str | None = None,
        framework: str | None = None,
        description: str | None = None,
        tags: Sequence[str] | None = None,
        metadata: dict[str, str] | None = None,
        is_public: bool | None = None,
        default_ref: str | None = None,
        revision: int | None = None,
        timeout: float | None = None,
    ) -> Model:
        """Changes the fields that are given."""
        return self._portal.run(
            self._inner.update,
            model,
            name=name,
            framework=framework,
            description=description,
            tags=tags,
            metadata=metadata,
            is_public=is_public,
            default_ref=default_ref,
            revision=revision,
            timeout=timeout,
        )

    def replace(
        self,
        model: str,
        name: str,
        framework: str,
        *,
        revision: int | str,
        description: str = "",
        tags: Sequence[str] = (),
        metadata: dict[str, str] | None = None,
        is_public: bool = False,
        default_ref: str = "latest",
        timeout: float | None = None,
    ) -> Model:
        """Replaces all that the owner sets. `revision` is required; `*` overwrites any."""
        return self._portal.run(
            self._inner.replace,
            model,
            name,
            framework,
            revision=revision,
            description=description,
            tags=tags,
            metadata=metadata,
            is_public=is_public,
            default_ref=default_ref,
            timeout=timeout,
        )

    def delete(self, model: str, *, revision: int | None = None, timeout: float | None = None) -> None:
        """Deletes a model with all its versions."""
        self._portal.run(self._inner.delete, model, revision=revision, timeout=timeout)

    def set_status(
        self, model: str, status: str, *, revision: int | None = None, timeout: float | None = None
    ) -> Model:
        """Sets the status, which belongs to the owner's own process."""
        return self._portal.run(self._inner.set_status, model, status, revision=revision, timeout=timeout)

    def add_tags(
        self, model: str, tags: Sequence[str], *, revision: int | None = None, timeout: float | None = None
    ) -> Model:
        """Adds tags; those that the model has already are kept once."""
        return self._portal.run(self._inner.add_tags, model, tags, revision=revision, timeout=timeout)

    def remove_tags(
        self, model: str, tags: Sequence[str], *, revision: int | None = None, timeout: float | None = None
    ) -> Model:
        """Removes tags; those that the model does not have are ignored."""
        return self._portal.run(self._inner.remove_tags, model, tags, revision=revision, timeout=timeout)

    def get_metadata(self, model: str, *, timeout: float | None = None) -> dict[str, str]:
        """Reads the metadata alone."""
        return self._portal.run(self._inner.get_metadata, model, timeout=timeout)

    def set_metadata(
        self, model: str, metadata: dict[str, str], *, revision: int | None = None, timeout: float | None = None
    ) -> dict[str, str]:
        """Replaces the metadata."""
        return self._portal.run(self._inner.set_metadata, model, metadata, revision=revision, timeout=timeout)

    def stats(self, model: str, *, minutes: int | None = None, timeout: float | None = None) -> ModelStatistics:
        """Returns what predictions of the organization's own model came to in the last minutes (60), by version."""
        return self._portal.run(self._inner.stats, model, minutes=minutes, timeout=timeout)
