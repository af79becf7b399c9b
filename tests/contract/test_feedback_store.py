"""Every implementation of the store of feedback."""

import time

import pytest

from maas.adapters.aws.feedback import DynamoFeedback
from maas.domain.feedback.counts import added, contribution
from maas.domain.feedback.given import Feedback, Truth
from maas.domain.feedback.kept import JOIN_SECONDS, KeptRow
from maas.domain.feedback.places import HOUR, Bucket, Change, Changes, ModelPlace
from maas.domain.ids import new_id
from maas.services.joining_feedback import TOGETHER
from maas.services.ports.feedback import FeedbackStore
from tests.fakes.feedback import FakeFeedback
from tests.support.aws import Aws
from tests.support.feedback import PLACE, kept_of

NOW = time.time()
ROW = KeptRow(label="cat", confidence=0.75, scores=(150, 50), segments={"country": "at#1"})


def _dynamodb(aws: Aws) -> DynamoFeedback:
    table = aws.application.functions["MonitoringFunction"].environment["MAAS_MONITORING_TABLE"]
    return DynamoFeedback(table, aws.endpoint)


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> FeedbackStore:
    return FakeFeedback() if request.param == "memory" else _dynamodb(request.getfixturevalue("aws"))


def test_a_kept_prediction_is_found_by_its_id_and_key(store: FeedbackStore) -> None:
    key = new_id()
    kept = kept_of(ROW, KeptRow(number=1.5), at=NOW, key=key, rollout_id="r", side="live", names=("cat", "dog"))
    store.keep([kept])
    store.keep([kept])
    found = store.kept(PLACE, [kept.prediction_id, f"key:{key}", new_id()])
    assert found == {kept.prediction_id: kept, f"key:{key}": kept}
    assert store.kept(ModelPlace("other", PLACE.model_id), [kept.prediction_id]) == {}
    assert store.kept(ModelPlace(PLACE.tenant_id, new_id()), [kept.prediction_id]) == {}


def test_many_predictions_are_kept_at_once(store: FeedbackStore) -> None:
    made = [kept_of(ROW, at=NOW) for _ in range(130)]
    store.keep(made)
    assert len(store.kept(PLACE, [each.prediction_id for each in made])) == 130


def test_a_prediction_past_its_time_is_not_found_before_it_is_removed(aws: Aws) -> None:
    store, old = _dynamodb(aws), kept_of(ROW, at=NOW - JOIN_SECONDS - 1)
    store.keep([old])
    assert store.kept(PLACE, [old.prediction_id]) == {}


def test_changes_are_stored_with_their_counts_or_not_at_all(store: FeedbackStore) -> None:
    place = ModelPlace(new_id(), new_id())
    kept, hour, rollout_id = kept_of(ROW, at=NOW), int(NOW // HOUR), new_id()
    bucket, segment = Bucket(hour, "1.0.0", rollout_id, "live"), Bucket(hour, "1.0.0", segment=("country", "at#1"))

    def changes(before: str, after: str, count: int) -> Changes:
        found = Changes(place)
        found.truths[kept.prediction_id, 0] = Change(kept, 0, before, after)
        found.counts = {bucket: {"n": count, "t:a b|c#": 2 * count}, segment: {"n": count}}
        found.rollouts = {(rollout_id, "live"): {"n": count, "ok": count}}
        return found

    assert store.record(changes("", "label cat", 1))
    assert not store.record(changes("", "label dog", 1))
    assert not store.record(changes("label owl", "label dog", 1))
    assert store.record(changes("label cat", "label dog", 2))

    assert store.truths(place, [(kept.prediction_id, 0), (kept.prediction_id, 1)]) == {
        (kept.prediction_id, 0): "label dog"
    }
    hours = range(hour - 1, hour + 1)
    assert [*store.counts(place, hours, segments=False)] == [(bucket, {"n": 3, "t:a b|c#": 6})]
    assert [*store.counts(place, hours, segments=True)] == [(segment, {"n": 3})]
    assert [*store.counts(place, range(hour - 5, hour), segments=False)] == []
    assert store.sides(place.tenant_id, rollout_id) == {"live": {"n": 3, "ok": 3}}
    assert store.sides("other", rollout_id) == {}


def test_feedback_waits_by_id_and_by_key(store: FeedbackStore) -> None:
    prediction_id, key = new_id(), new_id()
    by_id = [Feedback(prediction_id=prediction_id, row=row, label="cat") for row in (0, 7)]
    by_key = Feedback(key=key, score=1.5)
    store.wait(PLACE, [*by_id, by_key])
    store.wait(PLACE, [Feedback(prediction_id=prediction_id, label="dog")])
    found = store.waiting(PLACE, [prediction_id, f"key:{key}", new_id()])
    expected = [Feedback(prediction_id=prediction_id, label="dog"), by_id[1], by_key]
    assert sorted(found, key=repr) == sorted(expected, key=repr)


def test_scores_of_ten_classes_of_all_rows_of_a_transaction_are_stored(store: FeedbackStore) -> None:
    place, names = ModelPlace(new_id(), new_id()), tuple(f"class {number}" for number in range(10))
    changes, bucket, total = Changes(place), Bucket(int(NOW // HOUR), "1.0.0"), dict[str, int]()
    for number in range(TOGETHER):
        row = KeptRow(label=names[0], confidence=0.5, scores=tuple((7 * number + each) % 100 for each in range(10)))
        kept = kept_of(row, at=NOW, names=names)
        changes.truths[kept.prediction_id, 0] = Change(kept, 0, "", "label class 1")
        added(total, contribution(kept, row, Truth("class 1", None)))
    changes.counts[bucket] = total

    assert store.record(changes)

    assert len(total) > 10 * TOGETHER
    assert list(store.counts(place, range(bucket.hour, bucket.hour + 1), segments=False)) == [(bucket, total)]
