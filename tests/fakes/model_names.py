"""Models in memory, as a caller sees them by id or by name."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from functions.registry.name_ports import named_model
from functions.registry.stored import StoredModel
from maas.domain.catalog.model_names import ModelName


class MemoryNames(ABC):
    """Implements these reads over a repository's own models."""

    @abstractmethod
    def _models(self) -> Sequence[StoredModel]: ...

    @abstractmethod
    async def model(self, model_id: str) -> StoredModel | None: ...

    async def rollouts(self, *, after: str, limit: int) -> list[tuple[str, str]]:
        found = [
            (model.id, alias.name)
            for model in self._models()
            for alias in model.aliases.values()
            if alias.active_rollout
        ]
        return sorted(each for each in found if "#".join(each) > after)[:limit]

    async def visible_model(self, model_id: str, sees: Callable[[StoredModel], bool]) -> StoredModel | None:
        found = await self.model(model_id)
        return found if found and sees(found) else None

    async def id_of(self, name: ModelName) -> str:
        return next((model.id for model in self._models() if model.unique_name == name), "")

    async def visible_named(self, name: ModelName, sees: Callable[[StoredModel], bool]) -> StoredModel | None:
        found = await named_model(self, name)
        return found if found and sees(found) else None
