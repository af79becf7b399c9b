"""Meanings of references, kept in this process for a second, so that a prediction rarely asks the registry."""

import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from maas.adapters.registry.channel import DEADLINE
from maas.domain.catalog.routed import Routed
from maas.domain.catalog.versions import Version
from maas.domain.errors import TimedOut, Unavailable
from maas.domain.identity.principals import Principal, Scope
from maas.platform import request_context
from maas.platform.shared_calls import SharedCalls
from maas.platform.timings import current, phase

# Seconds from the moment at which the registry was asked. The registry knows a caller's rights for at most 4 s
# (functions/registry/server/standings.py), and access ends within 5 s (docs/decisions/0046).
KEPT = 1.0
# A version with its model card may have hundreds of kilobytes.
KEPT_MAX = 128

# The registry decides by the caller's rights, credential and address, so each of these has answers of its own.
_Key = tuple[Principal, str, str, str, Scope]


class Registry(Protocol):
    """The part of the RoutedVersionReader port that is asked."""

    async def routed_version(
        self, by: Principal, model_id: str, ref: str, right: Scope = Scope.INFERENCE_INVOKE
    ) -> Routed: ...


@dataclass(slots=True)
class _Asked:
    at: float
    answer: Routed | None = None


class KeptVersions:
    """The RoutedVersionReader port. One question runs at a time for each caller and reference; errors are not kept.

    `clock` returns seconds.
    """

    def __init__(self, registry: Registry, clock: Callable[[], float] = time.monotonic) -> None:
        self._registry = registry
        self._clock = clock
        self._asked: dict[_Key, _Asked] = {}
        self._questions = SharedCalls[_Key, Routed](own=(TimedOut, Unavailable))

    async def get_version(self, by: Principal, model_id: str, ref: str, right: Scope = Scope.MODELS_READ) -> Version:
        """The version of routed_version."""
        return (await self.routed_version(by, model_id, ref, right)).version

    async def routed_version(
        self, by: Principal, model_id: str, ref: str, right: Scope = Scope.INFERENCE_INVOKE
    ) -> Routed:
        """Returns what the registry told to this caller at most KEPT seconds ago.

        A prediction has this time as its phase `resolve`, and is one of this version from here on.
        """
        with phase("resolve"):
            found = await self._kept(by, model_id, ref, right)
        if call := current():
            call.model_id, call.version = found.version.model_id, found.version.version
        return found

    async def _kept(self, by: Principal, model_id: str, ref: str, right: Scope) -> Routed:
        key = by, request_context.source_address(), model_id, ref, right
        asked = self._asked.get(key)
        if asked is None or self._clock() - asked.at >= KEPT:
            self._questions.overtake(key)
        elif asked.answer is not None:
            return asked.answer
        try:
            seconds = request_context.remaining_seconds(DEADLINE)
            return await self._questions.join(key, partial(self._ask, key), seconds)
        except TimeoutError:
            raise Unavailable("the registry does not answer; try again") from None

    def _ask(self, key: _Key) -> Coroutine[Any, Any, Routed]:
        self._asked.pop(key, None)  # so that the oldest question is the first one
        asked = self._asked[key] = _Asked(self._clock())
        if len(self._asked) > KEPT_MAX:
            del self._asked[next(iter(self._asked))]
        return self._answered(key, asked)

    async def _answered(self, key: _Key, asked: _Asked) -> Routed:
        by, _address, model_id, ref, right = key
        asked.answer = await self._registry.routed_version(by, model_id, ref, right)
        return asked.answer
