"""Meanings of references, kept in this process for a second, so that a prediction rarely asks the registry."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from maas.domain.catalog.versions import Version
from maas.domain.errors import MaasError
from maas.domain.identity.principals import Principal, Scope
from maas.platform import request_context

# Seconds from the moment at which the registry was asked. The registry knows a caller's rights for at most 4 s
# (functions/registry/server/standings.py), and access ends within 5 s (docs/decisions/0046).
KEPT = 1.0
# A version with its model card may have hundreds of kilobytes.
KEPT_MAX = 128

# The registry decides by the caller's rights, credential and address, so each of these has answers of its own.
_Key = tuple[Principal, str, str, str, Scope]


class Registry(Protocol):
    """The VersionReader port, which is asked."""

    async def get_version(
        self, by: Principal, model_id: str, ref: str, right: Scope = Scope.MODELS_READ
    ) -> Version: ...


@dataclass(frozen=True, slots=True)
class _Asked:
    at: float
    answer: asyncio.Task[Version]


class KeptVersions:
    """The VersionReader port. One question runs at a time for each caller and reference; errors are not kept.

    `clock` returns seconds.
    """

    def __init__(self, registry: Registry, clock: Callable[[], float] = time.monotonic) -> None:
        self._registry = registry
        self._clock = clock
        self._asked: dict[_Key, _Asked] = {}

    async def get_version(self, by: Principal, model_id: str, ref: str, right: Scope = Scope.MODELS_READ) -> Version:
        """Returns the version as the registry told it to this caller at most KEPT seconds ago."""
        key = by, request_context.source_address(), model_id, ref, right
        asked = self._asked.get(key)
        if asked and self._clock() - asked.at < KEPT:
            with suppress(MaasError):  # the question of another request, which may have had less time left
                return await asyncio.shield(asked.answer)
        # A request that is cancelled does not take the answer from those that wait for it too.
        return await asyncio.shield(self._ask(key).answer)

    def _ask(self, key: _Key) -> _Asked:
        by, _address, model_id, ref, right = key
        asked = _Asked(self._clock(), asyncio.create_task(self._registry.get_version(by, model_id, ref, right)))
        self._asked.pop(key, None)  # so that the oldest question is the first one
        self._asked[key] = asked
        if len(self._asked) > KEPT_MAX:
            del self._asked[next(iter(self._asked))]
        asked.answer.add_done_callback(lambda task: self._ended(key, asked, task))
        return asked

    def _ended(self, key: _Key, asked: _Asked, task: asyncio.Task[Version]) -> None:
        failed = task.cancelled() or task.exception() is not None
        if failed and self._asked.get(key) is asked:
            del self._asked[key]
