"""Micro-batching: calls of one model that come at once are run as one (docs/decisions/0079-batches-are-proven.md)."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from maas.domain.catalog.versions import Artifact
from maas.domain.errors import MaasError, TimedOut
from maas.domain.inference.batching import Batching, joined, kind_of, parted, rows_of_feed
from maas.domain.inference.outputs import TOO_LONG, NotComputable, Output, Wanted
from maas.domain.inference.tensors import Feed
from maas.platform.observability import count, logger
from maas.services.ports.inference import ModelRuntime

# Batches of each number of rows whose outputs were equal to those of single runs, before the single runs are left out.
PROOFS = 3
_MODELS_MAX = 256

Outputs: TypeAlias = Mapping[str, Output]


@dataclass(slots=True)
class _Call:
    feed: Feed
    rows: int
    end: float
    answer: "asyncio.Future[Outputs]"


@dataclass(slots=True)
class _Batch:
    artifact: Artifact
    wanted: Sequence[Wanted]
    calls: list[_Call] = field(default_factory=list)
    is_full: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def rows(self) -> int:
        return sum(call.rows for call in self.calls)


@dataclass(slots=True)
class _Proof:
    """The knowledge of a model's batches: equal ones by their rows, and whether one was not equal."""

    equal: Counter[int] = field(default_factory=Counter)
    is_refused: bool = False


class Batches:
    """Runs calls in batches, where their version allows that and the model's answers stay the same, bit for bit."""

    def __init__(self, runtime: ModelRuntime) -> None:
        self._runtime = runtime
        self._open: dict[Any, _Batch] = {}
        self._proofs: dict[str, _Proof] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(
        self, artifact: Artifact, feed: Feed, seconds: float, wanted: Sequence[Wanted], batching: Batching | None
    ) -> Outputs:
        """Runs a call, alone or with others. Raises what ModelRuntime.run raises."""
        rows = rows_of_feed(feed, [each.shape for each in artifact.signature.inputs], wanted) if batching else None
        if batching is None or rows is None or rows >= batching.size or self._proof(artifact).is_refused:
            return await self._runtime.run(artifact, feed, seconds, wanted)
        call = _Call(feed, rows, time.monotonic() + seconds, asyncio.get_running_loop().create_future())
        self._join(artifact, wanted, call, batching)
        try:
            async with asyncio.timeout(seconds):
                return await call.answer
        except TimeoutError:
            raise TimedOut(TOO_LONG) from None

    def _join(self, artifact: Artifact, wanted: Sequence[Wanted], call: _Call, batching: Batching) -> None:
        """Adds a call to the open batch of its kind, or opens one."""
        key = artifact.sha256, kind_of(call.feed), tuple(each.name for each in wanted)
        batch = self._open.get(key)
        if batch is None or batch.rows + call.rows > batching.size:
            if batch:
                batch.is_full.set()
            batch = self._open[key] = _Batch(artifact, wanted)
            task = asyncio.create_task(self._close_later(key, batch, batching.window))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        batch.calls.append(call)
        if batch.rows >= batching.size:
            batch.is_full.set()

    async def _close_later(self, key: Any, batch: _Batch, window: float) -> None:
        """Runs the batch when it is full, or its window is over."""
        try:
            async with asyncio.timeout(window):
                await batch.is_full.wait()
        except TimeoutError:
            pass
        if self._open.get(key) is batch:
            del self._open[key]
        calls = [call for call in batch.calls if not call.answer.done()]
        try:
            if len(calls) == 1:
                await self._run_alone(batch, calls[0])
            elif calls:
                await self._run_together(batch, calls)
        except Exception as error:  # noqa: BLE001 - a fault of ours; each caller gets it, as without batches
            for call in calls:
                _fail(call, error)

    async def _run_together(self, batch: _Batch, calls: list[_Call]) -> None:
        """Runs calls as one. If that fails, each gets the answer or the error of its own run."""
        seconds = min(call.end for call in calls) - time.monotonic()
        parts = None
        try:
            outputs = await self._runtime.run(
                batch.artifact, joined([call.feed for call in calls]), seconds, batch.wanted
            )
            parts = parted(outputs, [call.rows for call in calls])
        except (MaasError, NotComputable) as error:
            logger.info("batch failed", error=type(error).__name__, calls=len(calls))
        proof, rows = self._proof(batch.artifact), sum(call.rows for call in calls)
        if parts and proof.equal[rows] >= PROOFS:
            for call, part in zip(calls, parts, strict=True):
                _answer(call, part)
            return
        for call in calls:
            await self._run_alone(batch, call)
        self._compare(batch.artifact, rows, calls, parts)

    async def _run_alone(self, batch: _Batch, call: _Call) -> None:
        try:
            _answer(call, await self._runtime.run(batch.artifact, call.feed, call.end - time.monotonic(), batch.wanted))
        except (MaasError, NotComputable) as error:
            _fail(call, error)

    def _compare(
        self, artifact: Artifact, rows: int, calls: list[_Call], parts: list[dict[str, Output]] | None
    ) -> None:
        """Notes whether a batch had the outputs of the single runs."""
        answered = [call for call in calls if call.answer.done() and not call.answer.cancelled()]
        if parts is None or len(answered) < len(calls) or any(call.answer.exception() for call in calls):
            return
        proof = self._proof(artifact)
        if [dict(call.answer.result()) for call in calls] == parts:
            proof.equal[rows] += 1
        else:
            proof.is_refused = True
            count("BatchesRefused")
            logger.warning("a model answers other bits in batches, so it runs without", sha256=artifact.sha256)

    def _proof(self, artifact: Artifact) -> _Proof:
        found = self._proofs.get(artifact.sha256)
        if found is None:
            found = self._proofs[artifact.sha256] = _Proof()
            if len(self._proofs) > _MODELS_MAX:
                del self._proofs[next(iter(self._proofs))]
        return found


def _answer(call: _Call, outputs: Outputs) -> None:
    if not call.answer.done():
        call.answer.set_result(outputs)


def _fail(call: _Call, error: Exception) -> None:
    if not call.answer.done():
        call.answer.set_exception(error)
        call.answer.exception()  # marks it as retrieved: its caller may be gone
