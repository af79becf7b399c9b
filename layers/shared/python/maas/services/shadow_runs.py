"""Computes shadows of calls with the candidates of their rollouts, and counts how their answers compare with live's.

The counts of a message are handed on when all its shadows are computed, under the id of its first prediction. So a
message counts once, however often it is delivered.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from maas.domain.errors import (
    ArtifactUnavailable,
    InvalidInput,
    MaasError,
    ModelPaused,
    NotFound,
    NotServed,
    PermissionDenied,
    Unauthenticated,
    Unavailable,
    WrongState,
)
from maas.domain.identity.principals import shadow as principal
from maas.domain.inference.datatypes import datatype_of
from maas.domain.inference.given_tensors import GivenTensor
from maas.domain.inference.outputs import Form
from maas.domain.inference.results import FRESH
from maas.domain.inference.statistics import (
    CALLS,
    COMPARED,
    DISAGREED,
    ERROR,
    REFUSED,
    SERVING,
    Slot,
    duration_bucket,
    of_rollout,
)
from maas.domain.rollouts.routing import Side
from maas.domain.shadowing.comparing import Disagreement, compared
from maas.domain.shadowing.samples import MESSAGE_SAMPLES_MAX, Sample
from maas.domain.shadowing.shadows import Shadow
from maas.platform.observability import logger, publish
from maas.platform.request_context import remaining_seconds
from maas.platform.timings import measured
from maas.services.inference import InferenceService
from maas.services.ports.shadowing import Samples
from maas.services.ports.statistics import CountsOnce
from maas.services.questions import TensorQuestion

# Seconds that a candidate has for a call, which are those that a caller may wait, and those of the longest run.
TIMEOUT, RUN = 29.0, 330.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a shadow: names of counts, and the disagreement if there is one."""

    shadow: Shadow
    counts: tuple[str, ...]
    disagreement: Disagreement | None = None


class ShadowRuns:
    """The use case of the shadow function.

    A candidate has `timeout` seconds for each call. `clock` returns seconds since 1970.
    """

    def __init__(
        self,
        predictions: InferenceService,
        statistics: CountsOnce,
        samples: Samples,
        *,
        timeout: float = TIMEOUT,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._predictions, self._statistics, self._samples = predictions, statistics, samples
        self._timeout, self._clock = timeout, clock

    async def work(self, shadows: Sequence[Shadow]) -> None:
        """Computes shadows in turn. Those that no time is left for are dropped, and counted.

        Raises Unavailable: a system did not answer. Nothing is counted, and SQS must deliver the message again.
        """
        outcomes: list[Outcome] = []
        begun = 0
        for shadow in shadows:
            if remaining_seconds(RUN) < self._timeout + 1:
                break
            begun += 1
            if outcome := await self._outcome(shadow):
                outcomes.append(outcome)
        if self._count(shadows[0].prediction_id, outcomes) is not False:
            self._keep(outcomes)
            _report(outcomes, len(shadows) - begun)

    async def _outcome(self, shadow: Shadow) -> Outcome | None:
        """None if the candidate is gone, as after the end of a rollout.

        Raises Unavailable: a system did not answer. Raises PermissionDenied, Unauthenticated: our keys are wrong.
        """
        with measured(shadow.tenant_id) as call:
            try:
                found = await self._predictions.infer(principal(shadow.tenant_id), _question(shadow, self._timeout))
            except NotFound:
                return None
            except (ModelPaused, ArtifactUnavailable) as error:
                return _failed(shadow, error)
            except (Unavailable, PermissionDenied, Unauthenticated):  # no fault of the candidate
                raise
            except MaasError as error:
                return _failed(shadow, error)
            disagreement = compared(shadow.answer, found.outputs, shadow.tolerance)
            counts = [CALLS, COMPARED, f"{SERVING}:{duration_bucket(call.seconds.get('infer', 0.0))}"]
            return Outcome(shadow, (*counts, DISAGREED) if disagreement else tuple(counts), disagreement)

    def _count(self, message: str, outcomes: Sequence[Outcome]) -> bool | None:
        """Returns False if the message was counted before."""
        minute = int(self._clock() // 60)
        found: dict[Slot, dict[str, dict[str, int]]] = {}
        for outcome in outcomes:
            slot = Slot(outcome.shadow.tenant_id, of_rollout(outcome.shadow.rollout_id), minute)
            counts = found.setdefault(slot, {Side.CANDIDATE: {}})[Side.CANDIDATE]
            for name in outcome.counts:
                counts[name] = counts.get(name, 0) + 1
        return self._statistics.add_once(message, found) if found else None

    def _keep(self, outcomes: Sequence[Outcome]) -> None:
        """Keeps some disagreements. The counts are handed on already, so an outage must not bring the message back."""
        found = [(each.shadow, each.disagreement) for each in outcomes if each.disagreement]
        for shadow, disagreement in found[:MESSAGE_SAMPLES_MAX]:
            try:
                sample = Sample(shadow.prediction_id, shadow.at, disagreement)
                self._samples.keep(shadow.tenant_id, shadow.rollout_id, sample)
            except Unavailable as error:
                logger.warning("a disagreement is not kept", reason=error.message)


def _question(shadow: Shadow, timeout: float) -> TensorQuestion:
    """A candidate gets the values by the names of the inputs, and computes the outputs that the caller got."""
    return TensorQuestion(
        model_id=shadow.model_id,
        version=shadow.candidate,
        timeout=timeout,
        inputs=[GivenTensor(each.name, datatype_of(each.dtype), each.shape, each.data) for each in shadow.values],
        outputs=dict.fromkeys(shadow.answer, Form.RAW),
        control=FRESH,
    )


def _failed(shadow: Shadow, error: MaasError) -> Outcome:
    """A failed call of the candidate. Values that live could compute are never the caller's fault."""
    logger.info("a candidate failed", rollout=shadow.rollout_id, candidate=shadow.candidate, code=error.code)
    code = NotServed.code if isinstance(error, WrongState) else error.code
    refused = [REFUSED] if code == InvalidInput.code else []
    return Outcome(shadow, (CALLS, f"{ERROR}:{code}", *refused))


def _report(outcomes: Sequence[Outcome], dropped: int) -> None:
    errors = sum(COMPARED not in outcome.counts for outcome in outcomes)
    disagreed = sum(outcome.disagreement is not None for outcome in outcomes)
    publish(
        {
            "Shadows": len(outcomes),
            "ShadowErrors": errors,
            "ShadowDisagreements": disagreed,
            "ShadowsDropped": dropped,
        }
    )
