"""Models."""

from collections.abc import Sequence
from datetime import datetime

from maas_client.answers import Metadata, Model, ModelStatistics
from maas_client.http.api import Pages
from maas_client.http.calls import Call, given, if_match, listed, path
from maas_client.resources.base import Resource


class Models(Resource):
    """Models of the caller's organization, and those of others that the caller may see.

    `model` is an id or a name. `revision` limits a change to that revision of the model.
    """

    async def create(
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
        body = given(
            name=name,
            framework=framework,
            description=description,
            tags=listed(tags),
            metadata=metadata,
            is_public=is_public,
            default_ref=default_ref,
            version=version,
        )
        return await self._api.call(Call("POST", path("models"), body=body, keyed=True, timeout=timeout), Model)

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
    ) -> Pages[Model]:
        """Returns the models that all filters select. `q` is the beginning of names, `limit` the size of a page."""
        params = {
            "q": q,
            "name": name,
            "framework": framework,
            "status": status,
            "is_public": is_public,
            "owner": owner,
            "tag": [*tags] or None,
            "created_after": created_after,
            "created_before": created_before,
            "sort": sort,
            "visibility": visibility,
            "limit": limit,
        }
        return self._pages(Model, "models", params=params, timeout=timeout)

    async def get(self, model: str, *, timeout: float | None = None) -> Model:
        """Reads a model. Raises NotFound."""
        return await self._api.call(Call("GET", self._model_path(model), timeout=timeout), Model)

    async def update(
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
        body = given(
            name=name,
            framework=framework,
            description=description,
            tags=listed(tags),
            metadata=metadata,
            is_public=is_public,
            default_ref=default_ref,
        )
        where, headers = self._model_path(model), if_match(revision)
        return await self._api.call(Call("PATCH", where, body=body, headers=headers, timeout=timeout), Model)

    async def replace(
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
        body = {
            "name": name,
            "framework": framework,
            "description": description,
            "tags": [*tags],
            "metadata": metadata or {},
            "is_public": is_public,
            "default_ref": default_ref,
        }
        where, headers = self._model_path(model), if_match(revision)
        return await self._api.call(Call("PUT", where, body=body, headers=headers, timeout=timeout), Model)

    async def delete(self, model: str, *, revision: int | None = None, timeout: float | None = None) -> None:
        """Deletes a model with all its versions."""
        where = self._model_path(model)
        await self._api.send(Call("DELETE", where, headers=if_match(revision), timeout=timeout))

    async def set_status(
        self, model: str, status: str, *, revision: int | None = None, timeout: float | None = None
    ) -> Model:
        """Sets the status, which belongs to the owner's own process."""
        where, body = self._model_path(model, "status"), {"status": status}
        return await self._api.call(
            Call("PATCH", where, body=body, headers=if_match(revision), repeatable=revision is None, timeout=timeout),
            Model,
        )

    async def add_tags(
        self, model: str, tags: Sequence[str], *, revision: int | None = None, timeout: float | None = None
    ) -> Model:
        """Adds tags; those that the model has already are kept once."""
        where, body = self._model_path(model, "tags"), {"tags": [*tags]}
        return await self._api.call(
            Call("POST", where, body=body, headers=if_match(revision), repeatable=revision is None, timeout=timeout),
            Model,
        )

    async def remove_tags(
        self, model: str, tags: Sequence[str], *, revision: int | None = None, timeout: float | None = None
    ) -> Model:
        """Removes tags; those that the model does not have are ignored."""
        where, params = self._model_path(model, "tags"), {"tag": [*tags]}
        return await self._api.call(Call("DELETE", where, params, headers=if_match(revision), timeout=timeout), Model)

    async def get_metadata(self, model: str, *, timeout: float | None = None) -> dict[str, str]:
        """Reads the metadata alone."""
        where = self._model_path(model, "metadata")
        return (await self._api.call(Call("GET", where, timeout=timeout), Metadata)).metadata

    async def set_metadata(
        self, model: str, metadata: dict[str, str], *, revision: int | None = None, timeout: float | None = None
    ) -> dict[str, str]:
        """Replaces the metadata."""
        where, headers = self._model_path(model, "metadata"), if_match(revision)
        call = Call("PUT", where, body={"metadata": metadata}, headers=headers, timeout=timeout)
        return (await self._api.call(call, Metadata)).metadata

    async def stats(self, model: str, *, minutes: int | None = None, timeout: float | None = None) -> ModelStatistics:
        """Returns what predictions of the organization's own model came to in the last minutes (60), by version."""
        where, params = self._model_path(model, "stats"), given(minutes=minutes)
        return await self._api.call(Call("GET", where, params, timeout=timeout), ModelStatistics)
