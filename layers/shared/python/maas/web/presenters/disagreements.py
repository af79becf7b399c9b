"""Disagreements of a rollout as an answer."""

from collections.abc import Sequence
from datetime import UTC, datetime

from maas.contracts.disagreements import DisagreementAnswer, DisagreementsAnswer
from maas.domain.rollouts.rollouts import Rollout
from maas.domain.shadowing.samples import Sample


def disagreements_answer(rollout: Rollout, samples: Sequence[Sample]) -> DisagreementsAnswer:
    items = [_answer(sample) for sample in samples]
    return DisagreementsAnswer(rollout_id=rollout.id, live=rollout.live, candidate=rollout.candidate, items=items)


def _answer(sample: Sample) -> DisagreementAnswer:
    found = sample.disagreement
    return DisagreementAnswer(
        prediction_id=sample.prediction_id,
        at=datetime.fromtimestamp(sample.at, UTC),
        output=found.output,
        kind=found.kind,
        row=found.row,
        live=[*found.live],
        candidate=[*found.candidate],
    )
