"""Processes that are killed at any step: calls of stores and queues that end before or after they have an effect."""

import inspect
import random
from collections.abc import Iterable
from typing import Any


class Crash(BaseException):
    """The process is gone, so no code of it handles this."""


class Crashes:
    """Makes methods of objects crash with the probability `rate`, half of them before and half after their effect."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.rate = 0.0
        self.count = 0

    def inject(self, target: Any, names: Iterable[str]) -> None:
        for name in names:
            original = getattr(target, name)
            wrapped = self._later(original) if inspect.iscoroutinefunction(original) else self._now(original)
            setattr(target, name, wrapped)

    def _now(self, original: Any) -> Any:
        def called(*args: Any, **kwargs: Any) -> Any:
            self._maybe()
            result = original(*args, **kwargs)
            self._maybe()
            return result

        return called

    def _later(self, original: Any) -> Any:
        async def called(*args: Any, **kwargs: Any) -> Any:
            self._maybe()
            result = await original(*args, **kwargs)
            self._maybe()
            return result

        return called

    def _maybe(self) -> None:
        if self._chance.random() < self.rate / 2:
            self.count += 1
            raise Crash
