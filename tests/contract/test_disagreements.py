"""Disagreements of shadows, in memory and in DynamoDB."""

import pytest

from maas.adapters.aws.disagreements import DynamoDisagreements
from maas.domain.errors import Unavailable
from maas.domain.ids import new_id
from maas.domain.shadowing.comparing import Disagreement, Kind
from maas.domain.shadowing.samples import SAMPLES_MAX, Sample
from maas.services.ports.shadowing import Samples
from tests.fakes.shadowing import FakeSamples
from tests.support.aws import Aws

NOON = 1_800_000_000.25


@pytest.fixture(params=["memory", "moto"])
def samples(request: pytest.FixtureRequest) -> Samples:
    if request.param == "memory":
        return FakeSamples()
    aws: Aws = request.getfixturevalue("aws")
    table = aws.application.functions["ShadowFunction"].environment["MAAS_MONITORING_TABLE"]
    return DynamoDisagreements(table, aws.endpoint)


def sample(at: float = NOON) -> Sample:
    return Sample(new_id(), at, Disagreement("ä", Kind.RANK, 3, (0.1, None, "x"), (True, 2, -0.5)))


def test_the_latest_comes_first(samples: Samples) -> None:
    rollout, first, second = new_id(), sample(), sample(NOON + 1)
    samples.keep("acme", rollout, first)
    samples.keep("acme", rollout, second)
    assert [*samples.kept("acme", rollout)] == [second, first]


def test_other_rollouts_and_organizations_have_their_own(samples: Samples) -> None:
    rollout = new_id()
    samples.keep("acme", rollout, sample())
    assert not samples.kept("other", rollout)
    assert not samples.kept("acme", new_id())


def test_a_rollout_keeps_the_latest(samples: Samples) -> None:
    rollout = new_id()
    made = [sample(NOON + place) for place in range(SAMPLES_MAX + 2)]
    for each in made:
        samples.keep("acme", rollout, each)
    assert [*samples.kept("acme", rollout)] == made[:1:-1]


def test_a_table_that_does_not_answer_is_unavailable() -> None:
    samples = DynamoDisagreements("monitoring", "http://127.0.0.1:9")
    with pytest.raises(Unavailable):
        samples.keep("acme", "rollout", sample())
    with pytest.raises(Unavailable):
        samples.kept("acme", "rollout")
