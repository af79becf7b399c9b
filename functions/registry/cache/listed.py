"""Models of the first level for lists, which read many models at once and past the cache's single flight."""

from functions.registry.cache.keys import ModelKey
from functions.registry.cache.memory import LocalCache
from functions.registry.stored import StoredModel


class ListedModels:
    """Implements functions.registry.ports.KnownModels. The second level would cost a call for each model."""

    def __init__(self, local: LocalCache) -> None:
        self._local = local

    def held(self, model_id: str) -> StoredModel | None:
        entry = self._local.get(ModelKey(model_id).text())
        return entry.record if entry and isinstance(entry.record, StoredModel) else None

    def offer(self, model: StoredModel) -> None:
        # A list's read is eventually consistent: what a change or an invalidation has put there is not replaced.
        self._local.put(ModelKey(model.id).text(), model.revision, model)
