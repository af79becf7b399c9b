"""Validations that did not end in time: their versions become failed, so that none stays validating for ever."""

import asyncio
from functools import partial
from typing import Protocol

from functions.registry.catalog.revisions import revised
from functions.registry.contention import Contention
from functions.registry.ports import Change, Repository, Waiting
from maas.domain.catalog.versions import VersionState
from maas.domain.clock import now
from maas.domain.errors import MaasError
from maas.domain.identity.principals import validator
from maas.domain.uploads.validation import OVERDUE, VALIDATING_MAX
from maas.platform.observability import logger

# In seconds. The first sweep comes later: after an outage of the registry, the validator's postponed checks come first.
FIRST, PERIOD = 300.0, 60.0
# Versions of one sweep; the rest is left for the next one.
BATCH = 1000


class OverdueService:
    """Sweeps may run in several processes at once, because each change is conditional."""

    def __init__(self, repository: Repository, contention: Contention) -> None:
        self._repository = repository
        self._contention = contention

    async def sweep(self) -> None:
        """Fails the versions that became validating VALIDATING_MAX ago or earlier. Raises Unavailable."""
        for waiting in await self._repository.waiting(until=now() - VALIDATING_MAX, limit=BATCH):
            try:
                await self._contention.settle(waiting.model_id, partial(self._fail, waiting))
                await self._repository.forget(waiting)
            except Exception as error:  # noqa: BLE001 - one record that can't be read must not keep the others waiting
                logger.error("sweep failed", model_id=waiting.model_id, version=waiting.version, exc_info=error)

    async def _fail(self, waiting: Waiting) -> None:
        model = await self._repository.model(waiting.model_id)
        version = await self._repository.version(waiting.model_id, waiting.version)
        if model is None or version is None:
            return
        if version.state is not VersionState.VALIDATING or version.upload_id != waiting.upload_id:
            return
        after = revised(version, state=VersionState.FAILED, failure=OVERDUE, stored_bytes=0)
        by = validator(model.tenant_id)
        await self._repository.commit(Change(version, after, files=()), Change(model, model), by=by)
        logger.warning("validation is overdue", model_id=model.id, version=version.version, upload_id=version.upload_id)


class Sweeper(Protocol):
    async def sweep(self) -> None:
        """Raises Unavailable."""
        ...


async def sweep_regularly(sweeper: Sweeper) -> None:
    """Runs until it is cancelled."""
    await asyncio.sleep(FIRST)
    while True:
        try:
            await sweeper.sweep()
        except MaasError as error:  # logged by the store already; the next sweep finds the same records
            logger.warning("sweep is postponed", reason=error.message)
        await asyncio.sleep(PERIOD)
