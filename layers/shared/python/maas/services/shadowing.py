"""Sends calls of a rollout of the plan `shadow` to a queue, from a thread, after their answers.

A call only adds itself to a list in memory. What that list, its thread, the queue or the budget has no room for is
dropped and counted: shadows are a sample (docs/decisions/0089-shadow-traffic.md).
"""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence

from maas.domain.errors import MaasError
from maas.domain.monitoring.predictions import Predicted
from maas.domain.shadowing.shadows import SHADOW_MAX, Answered, Shadow
from maas.platform.background import Background
from maas.platform.observability import logger, publish
from maas.services.ports.shadowing import ShadowQueue
from maas.services.shadow_budgets import ShadowBudgets

# Shadows of one message, which one run of the shadow function computes.
MESSAGE_MAX = 10
# Messages that a process sends at once, every PAUSE seconds. Their encoding takes the interpreter from calls.
SENDS_MAX, PAUSE = 4, 1.0
# Shadows that wait, and their bytes.
WAITING_MAX, WAITING_BYTES_MAX = MESSAGE_MAX * SENDS_MAX, SENDS_MAX * SHADOW_MAX


class ShadowWatcher:
    """The PredictionWatcher port. `pause` is in seconds."""

    def __init__(self, queue: ShadowQueue, budgets: ShadowBudgets, *, pause: float = PAUSE) -> None:
        self._queue, self._budgets = queue, budgets
        self._waiting: list[Predicted] = []
        self._bytes = self._dropped = 0
        self._lock, self._sending = threading.Lock(), threading.Lock()
        self._thread = Background("shadows", self.flush, pause=pause, lost="shadows are lost")

    def predicted(self, made: Predicted) -> None:
        """Adds it to the list, if it is to be computed once more and there is room."""
        if made.rollout is None or not made.rollout.is_shadowed:
            return
        size = made.size
        with self._lock:
            if len(self._waiting) < WAITING_MAX and self._bytes + size <= WAITING_BYTES_MAX and size <= SHADOW_MAX:
                self._waiting.append(made)
                self._bytes += size
            else:
                self._dropped += 1
        self._thread.wake()

    def flush(self) -> None:
        """Sends what waits and the budgets allow."""
        with self._sending:
            with self._lock:
                waiting, self._waiting, self._bytes = self._waiting, [], 0
                dropped, self._dropped = self._dropped, 0
            allowed = self._allowed(waiting)
            messages = [*_messages(allowed)]
            lost = sum(len(message) for message in messages[SENDS_MAX:])
            sent = sum(self._sent(message) for message in messages[:SENDS_MAX])
            _report(
                ShadowsSent=sent,
                ShadowsDropped=dropped + lost + sum(map(len, messages[:SENDS_MAX])) - sent,
                ShadowsOverBudget=len(waiting) - len(allowed),
            )

    def _allowed(self, waiting: Sequence[Predicted]) -> list[Shadow]:
        """The shadows that the budgets allow, the first ones of each rollout."""
        found = [shadow_of(made) for made in waiting]
        budgets = {
            made.rollout.rollout_id: made.rollout.shadow.budget
            for made in waiting
            if made.rollout and made.rollout.shadow
        }
        left = Counter(self._budgets.granted(Counter(shadow.rollout_id for shadow in found), budgets))
        allowed = []
        for shadow in found:
            if left[shadow.rollout_id] > 0:
                left[shadow.rollout_id] -= 1
                allowed.append(shadow)
        return allowed

    def _sent(self, message: Sequence[Shadow]) -> int:
        try:
            self._queue.send(message)
        except MaasError as error:
            logger.warning("shadows are lost", reason=error.message, shadows=len(message))
            return 0
        return len(message)


def shadow_of(made: Predicted) -> Shadow:
    """The shadow of a call that is to be computed once more."""
    if made.rollout is None or made.rollout.shadow is None:
        raise ValueError("the call is not to be shadowed")
    return Shadow(
        tenant_id=made.version.tenant_id,
        model_id=made.version.model_id,
        rollout_id=made.rollout.rollout_id,
        candidate=made.rollout.shadow.candidate,
        prediction_id=made.prediction_id,
        values=made.feed.values,
        answer={each.name: Answered(each.form, made.outputs[each.name]) for each in made.wanted},
        at=made.at,
        tolerance=made.rollout.shadow.tolerance,
    )


def _messages(shadows: Sequence[Shadow]) -> Iterator[list[Shadow]]:
    """The shadows of each message, in their order."""
    message: list[Shadow] = []
    for shadow in shadows:
        size = sum(each.size for each in message) + shadow.size
        if message and (len(message) >= MESSAGE_MAX or size > SHADOW_MAX):
            yield message
            message = []
        message.append(shadow)
    if message:
        yield message


def _report(**numbers: int) -> None:
    if found := {name: number for name, number in numbers.items() if number}:
        publish(found)
