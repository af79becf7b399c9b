"""The base of resources: models may be named or given by their ids."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

from maas_client.http.api import Api, Pages
from maas_client.http.calls import Call, escaped, path

M = TypeVar("M", bound=BaseModel)


class Resource:
    """Operations of one kind of thing."""

    def __init__(self, api: Api) -> None:
        self._api = api

    @staticmethod
    def _model_path(model: str, *segments: str) -> str:
        """Returns a path below a model, which is given by its id, its name, or `owner/name`.

        A name is escaped twice, because gateways decode a path before they choose its route.
        """
        name = escaped(model)
        return path("models", name if name.strip(".") else name.replace(".", "%2E"), *segments)

    def _pages(
        self, item: type[M], *segments: str, model: str | None = None, params: Mapping[str, Any], timeout: float | None
    ) -> Pages[M]:
        """Returns the list at a path below the API's root, or below a model."""
        where = path(*segments) if model is None else self._model_path(model, *segments)
        return Pages(self._api, item, Call("GET", where, params, timeout=timeout))
