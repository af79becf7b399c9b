"""The port to models by their names, which every repository of the registry has."""

from collections.abc import Callable
from typing import Protocol

from functions.registry.stored import StoredModel
from maas.domain.catalog.model_names import ModelName


class Names(Protocol):
    """Every method raises Unavailable when the store does not answer."""

    async def model(self, model_id: str) -> StoredModel | None: ...

    async def id_of(self, name: ModelName) -> str:
        """The id of the model with this name; empty if there is none. The read is strongly consistent."""
        ...

    async def visible_named(self, name: ModelName, sees: Callable[[StoredModel], bool]) -> StoredModel | None:
        """The model with this name, as the repository's other `visible` reads have it."""
        ...


async def named_model(names: Names, name: ModelName) -> StoredModel | None:
    """The model with this name, as it is stored now. The reads are the same if there is none."""
    found = await names.model(await names.id_of(name) or name.no_id)
    return found if found and found.unique_name == name else None
