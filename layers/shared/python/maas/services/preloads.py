"""Loads the candidates of releases in each process that serves their alias, before they answer calls."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable

from maas.domain.errors import MaasError
from maas.domain.identity.principals import Principal, Scope
from maas.domain.rollouts.rollouts import Rollout
from maas.platform.observability import logger
from maas.services.ports.inference import ModelRuntime
from maas.services.ports.versions import VersionReader
from maas.services.published import published_artifact

# Seconds of a load, and until one that failed is tried again: the candidate may not be published yet.
LOAD, AGAIN = 60.0, 5.0
_KEPT_MAX = 256


class Preloads:
    """One load for each rollout. Calls never wait for it, and its failure is nobody's but the candidate's."""

    def __init__(
        self, versions: VersionReader, runtime: ModelRuntime, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._versions, self._runtime, self._clock = versions, runtime, clock
        self._due: OrderedDict[str, float] = OrderedDict()
        self._running = set[asyncio.Task[None]]()

    def begin(self, by: Principal, model_id: str, rollout: Rollout) -> None:
        """Begins to load the candidate, unless that was done, or was tried in the last seconds."""
        if self._clock() < self._due.get(rollout.id, 0.0):
            return
        self._due[rollout.id] = self._clock() + AGAIN
        while len(self._due) > _KEPT_MAX:
            self._due.popitem(last=False)
        task = asyncio.create_task(self._load(by, model_id, rollout))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _load(self, by: Principal, model_id: str, rollout: Rollout) -> None:
        try:
            version = await self._versions.get_version(by, model_id, rollout.candidate, Scope.INFERENCE_INVOKE)
            await self._runtime.load(published_artifact(version), LOAD)
        except MaasError as error:
            logger.info("a candidate is not loaded yet", rollout=rollout.id, reason=error.message)
            return
        self._due[rollout.id] = float("inf")
