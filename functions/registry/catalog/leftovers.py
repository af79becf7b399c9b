"""Leftovers of earlier processes: deleted models without their purge, and models that were never counted."""

from datetime import timedelta

from functions.registry.ports import Repository
from maas.domain.clock import now
from maas.platform.observability import logger

# A purge takes seconds, also of a large model. Two at once do no harm.
PURGE_AFTER = timedelta(minutes=10)
# Models of one sweep; the rest is left for the next one.
BATCH = 100


class LeftoverService:
    """Sweeps may run in several processes at once, because every step may be repeated."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._has_counted = False

    async def sweep(self) -> None:
        """Purges models that were deleted long ago, and counts those of earlier releases once. Raises Unavailable."""
        for model_id in await self._repository.purges(until=now() - PURGE_AFTER, limit=BATCH):
            await self._repository.purge(model_id)
            logger.warning("a deleted model is purged late", model_id=model_id)
        if not self._has_counted:
            await self._repository.count_uses()
            self._has_counted = True
