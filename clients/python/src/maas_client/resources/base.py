"""The base of resources: models may be named or given by their ids."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

from maas_client import errors as e
from maas_client.answers import Model, Page
from maas_client.http.api import Api, Pages
from maas_client.http.calls import Call, path
from maas_client.http.names import is_id

M = TypeVar("M", bound=BaseModel)
_VISIBILITIES = (None, "shared")


class Resource:
    """Operations of one kind of thing."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def _model_path(self, model: str, *segments: str) -> str:
        """Returns a path below a model, which is given by its id or its name. Raises NotFound."""
        return path("models", await self._id_of(model), *segments)

    def _pages(
        self, item: type[M], *segments: str, model: str | None = None, params: Mapping[str, Any], timeout: float | None
    ) -> Pages[M]:
        """Returns the list at a path below the API's root, or below a model."""

        async def ready() -> Call:
            where = path(*segments) if model is None else await self._model_path(model, *segments)
            return Call("GET", where, params, timeout=timeout)

        return Pages(self._api, item, ready)

    async def _id_of(self, model: str) -> str:
        """Returns the id of a model of the caller's organization, or of one that is shared with the caller."""
        if is_id(model):
            return model
        if kept := self._api.names.id_of(model):
            return kept
        for visibility in _VISIBILITIES:
            params = {"name": model, "limit": 1, "visibility": visibility}
            found = await self._api.call(Call("GET", path("models"), params), Page[Model])
            if found.items:
                self._api.names.keep(model, found.items[0].id)
                return found.items[0].id
        raise e.NotFound(f"there is no model named {model!r}", status=404, code="not_found")
