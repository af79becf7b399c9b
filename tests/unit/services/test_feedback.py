"""Feedback: joined once however often it is sent, in whatever order."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from maas.domain.errors import InvalidInput, NotFound
from maas.domain.feedback.given import Feedback, check_key
from maas.domain.feedback.kept import Kept, KeptRow
from maas.domain.feedback.places import HOUR
from maas.domain.ids import new_id
from maas.services.feedback import By, FeedbackService
from maas.services.joining_feedback import Joining, State
from maas.services.keeping_predictions import KeepingPredictions
from tests.fakes.feedback import FakeFeedback
from tests.fakes.registry import fake_registry
from tests.support.feedback import PLACE, kept_of
from tests.support.http_gateway import person
from tests.support.predicted import predicted, version
from tests.support.registry_server import make_model

CAT = KeptRow(label="cat")
NAMES = ("cat", "dog")


def states(store: FakeFeedback, *given: Feedback) -> list[State]:
    return [outcome.state for outcome in Joining(store).join(PLACE, given)]


def stored(store: FakeFeedback, *rows: KeptRow, **fields: Any) -> Kept:
    kept = kept_of(*(rows or (CAT,)), at=time.time(), **fields)
    store.keep([kept])
    return kept


def counts(store: FakeFeedback) -> dict[str, int]:
    """The counts of all hours and versions together."""
    found: dict[str, int] = {}
    for (_, bucket), each in store.hours.items():
        if bucket.segment is None:
            for name, value in each.items():
                found[name] = found.get(name, 0) + value
    return found


def test_feedback_counts_once_and_a_new_label_takes_the_old_one_s_place() -> None:
    store = FakeFeedback()
    prediction_id = stored(store).prediction_id

    assert states(store, Feedback(prediction_id=prediction_id, label="cat")) == [State.ACCEPTED]
    assert states(store, Feedback(prediction_id=prediction_id, label="cat")) == [State.DUPLICATE]
    assert counts(store) == {"n": 1, "ok": 1, "t:cat": 1, "p:cat": 1, "h:cat": 1}
    assert states(
        store, Feedback(prediction_id=prediction_id, label="dog"), Feedback(prediction_id=prediction_id, label="dog")
    ) == [
        State.REPLACED,
        State.DUPLICATE,
    ]
    assert counts(store) == {"n": 1, "t:dog": 1, "p:cat": 1}


def test_one_request_may_name_a_row_twice_by_id_and_by_key() -> None:
    store = FakeFeedback()
    kept = stored(store, CAT, CAT, key="order-7")
    given = [
        Feedback(key="order-7", label="cat"),
        Feedback(prediction_id=kept.prediction_id, label="dog"),
        Feedback(prediction_id=kept.prediction_id, row=1, label="cat"),
    ]
    assert states(store, *given) == [State.ACCEPTED, State.REPLACED, State.ACCEPTED]
    assert counts(store) == {"n": 2, "ok": 1, "t:cat": 1, "t:dog": 1, "p:cat": 2, "h:cat": 1}


def test_feedback_before_its_prediction_waits_and_is_joined() -> None:
    store = FakeFeedback()
    kept = kept_of(CAT, at=time.time(), key="order-7")
    early = Feedback(prediction_id=kept.prediction_id, label="cat")
    assert states(store, early, Feedback(key="order-8", label="cat")) == [State.WAITING, State.WAITING]
    assert counts(store) == {}

    watcher = KeepingPredictions(store, 10)
    watcher.keep([kept])
    watcher.keep([kept])  # as after an answer that was lost

    assert counts(store) == {"n": 1, "ok": 1, "t:cat": 1, "p:cat": 1, "h:cat": 1}
    assert states(store, early) == [State.DUPLICATE]


def test_a_prediction_that_is_kept_while_its_feedback_is_stored_is_joined() -> None:
    class Between(FakeFeedback):
        """Keeps the prediction after feedback was looked up and before it waits, as another process does."""

        def wait(self, place: Any, given: Any) -> None:
            KeepingPredictions(self, 10).keep([kept])
            super().wait(place, given)

    store, kept = Between(), kept_of(CAT, at=time.time())
    assert states(store, Feedback(prediction_id=kept.prediction_id, label="cat")) == [State.ACCEPTED]
    assert counts(store)["n"] == 1


def test_waiting_feedback_does_not_replace_later_feedback() -> None:
    store, kept = FakeFeedback(), kept_of(CAT, at=time.time())
    states(store, Feedback(prediction_id=kept.prediction_id, label="dog"))
    store.keep([kept])
    states(store, Feedback(prediction_id=kept.prediction_id, label="cat"))
    KeepingPredictions(store, 10).keep([kept])
    assert store.stored[PLACE, kept.prediction_id, 0] == "label cat"


def test_feedback_on_an_unknown_prediction_is_told_so() -> None:
    old = "01939e4c-7d2a-7d00-8000-000000000009"
    assert states(FakeFeedback(), Feedback(prediction_id=old, label="cat")) == [State.UNKNOWN]


@pytest.mark.parametrize(
    ("given", "rows", "field", "rule"),
    [
        ({"label": 1, "row": 1}, (CAT,), "row", "range"),
        ({"score": 1.0}, (CAT,), "score", "type"),
        ({"label": "cat"}, (KeptRow(number=1.0),), "label", "type"),
        ({"label": "owl"}, (CAT,), "label", "enum"),
        ({"label": 2}, (CAT,), "label", "enum"),
    ],
)
def test_feedback_that_does_not_fit_is_refused_by_field(
    given: dict[str, Any], rows: tuple[KeptRow, ...], field: str, rule: str
) -> None:
    store = FakeFeedback()
    kept = stored(store, *rows, names=NAMES)
    [outcome] = Joining(store).join(PLACE, [Feedback(prediction_id=kept.prediction_id, **given)])
    assert outcome.state is State.REFUSED
    assert outcome.error is not None
    assert (outcome.error.field, outcome.error.rule) == (field, rule)


def test_a_label_may_be_an_index_of_the_class_names() -> None:
    store = FakeFeedback()
    kept = stored(store, names=NAMES)
    assert states(store, Feedback(prediction_id=kept.prediction_id, label=0)) == [State.ACCEPTED]
    assert states(store, Feedback(prediction_id=kept.prediction_id, label="cat")) == [State.DUPLICATE]


def test_feedback_that_many_send_at_once_is_counted_once() -> None:
    chance = random.Random(4)

    class Locked(FakeFeedback):
        """Lets other threads in between all calls."""

        def truths(self, place: Any, rows: Any) -> Any:
            found = dict(super().truths(place, rows))
            time.sleep(chance.random() / 500)
            return found

    store = Locked()
    kept = [stored(store) for _ in range(40)]
    given = [Feedback(prediction_id=each.prediction_id, label=chance.choice(NAMES)) for each in kept]

    def send(seed: int) -> None:
        order = random.Random(seed).sample(given, len(given))
        for start in range(0, len(order), 5):
            Joining(store).join(PLACE, order[start : start + 5])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, range(4)))
    assert counts(store)["n"] == 40
    assert counts(store).get("ok", 0) == sum(each.label == "cat" for each in given)


async def _service(store: FakeFeedback) -> tuple[FeedbackService, str]:
    registry = fake_registry()
    model = await make_model(registry, person())
    return FeedbackService(registry, store), model.id


async def _judged(service: FeedbackService, store: FakeFeedback, model_id: str) -> None:
    """Sends feedback on predictions of two versions in a rollout: half of live's are right."""
    for number, side, country, label in [
        ("1.0.0", "live", "at", "cat"),
        ("1.0.0", "live", "de", "dog"),
        ("1.1.0", "candidate", "at", "cat"),
    ]:
        kept = Kept(
            tenant_id="acme",
            model_id=model_id,
            prediction_id=new_id(),
            version=number,
            at=time.time(),
            rows=(KeptRow(label="cat", segments={"country": country}),),
            rollout_id="r1",
            side=side,
        )
        store.keep([kept])
        await service.send(person(), model_id, [Feedback(prediction_id=kept.prediction_id, label=label)])


async def test_figures_are_grouped_by_version_side_and_segment() -> None:
    store = FakeFeedback()
    service, model_id = await _service(store)
    await _judged(service, store, model_id)

    async def accuracies(by: By) -> list[Any]:
        found = (await service.performance(person(), model_id, 24 * HOUR, by)).groups
        figures = [(group.bucket, group.figures.classification) for group in found]
        return [
            (bucket.version, bucket.side or bucket.segment, labels.accuracy.estimate)
            for bucket, labels in figures
            if labels
        ]

    assert await accuracies(By.VERSION) == [("1.0.0", None, 0.5), ("1.1.0", None, 1.0)]
    assert await accuracies(By.SIDE) == [("1.0.0", "live", 0.5), ("1.1.0", "candidate", 1.0)]
    assert await accuracies(By.SEGMENT) == [
        ("1.0.0", ("country", "at"), 1.0),
        ("1.0.0", ("country", "de"), 0.0),
        ("1.1.0", ("country", "at"), 1.0),
    ]


async def test_versions_and_sides_of_a_rollout_are_compared() -> None:
    store = FakeFeedback()
    service, model_id = await _service(store)
    await _judged(service, store, model_id)
    sides = {side: (counts["ok"], counts["n"]) for side, counts in store.sides("acme", "r1").items()}
    assert sides == {"live": (1, 2), "candidate": (1, 1)}
    assert store.sides("other", "r1") == {}
    compared = await service.compare(person(), model_id, 24 * HOUR, "1.0.0", "1.1.0")
    assert compared.accuracy is not None
    assert compared.accuracy.estimate == 0.5


async def test_another_organization_neither_sends_nor_reads() -> None:
    service, model_id = await _service(FakeFeedback())
    stranger = person(subject="eve", tenant="other")
    with pytest.raises(NotFound):
        await service.send(stranger, model_id, [Feedback(key="k", label="cat")])
    with pytest.raises(NotFound):
        await service.performance(stranger, model_id, HOUR, By.VERSION)


def test_labels_scores_and_segments_of_a_prediction_are_kept() -> None:
    store = FakeFeedback()
    of = version(class_names=["cat", "dog"], segments=["a"], feature_names=["a", "b"])
    watcher = KeepingPredictions(store, 10)
    made = predicted(of, {"x": [1.5, 2, 3, 4]}, {"label": [1, 0]}, rows=2, at=time.time())
    watcher.predicted(made)
    watcher.flush()
    [kept] = store.predictions.values()
    assert [(row.label, row.segments) for row in kept.rows] == [("dog", {"a": "1.5"}), ("cat", {"a": "3"})]


def test_a_sample_of_predictions_is_kept_evenly() -> None:
    store, of, kept = FakeFeedback(), version(), dict[str, int]()
    for _ in range(300):
        watcher = KeepingPredictions(store, 3)
        watcher._thread._wanted.set()  # no thread: the test flushes
        for place in range(9):
            watcher.predicted(predicted(of, {"x": [place, 0]}, {"label": [place]}, at=time.time()))
        watcher.flush()
    for each in store.predictions.values():
        kept[str(each.rows[0].label)] = kept.get(str(each.rows[0].label), 0) + 1
    assert sum(kept.values()) == 900
    assert all(60 <= number <= 140 for number in kept.values()), kept  # 100 each, five deviations


def test_a_store_that_does_not_answer_costs_no_call() -> None:
    store = FakeFeedback(broken=True)
    watcher = KeepingPredictions(store, 10, pause=0.01)
    for _ in range(20):
        watcher.predicted(predicted(version(), {"x": [1, 2]}, {"label": [1]}, at=time.time()))
    time.sleep(0.1)
    store.broken = False
    watcher.predicted(predicted(version(), {"x": [1, 2]}, {"label": [1]}, at=time.time()))
    deadline = time.monotonic() + 5
    while not store.predictions and time.monotonic() < deadline:
        time.sleep(0.01)
    assert store.predictions


def test_a_key_of_ten_kilobytes_is_refused() -> None:
    for key in ("k" * 10_240, "", "a b", "ä"):
        with pytest.raises(InvalidInput, match="key"):
            check_key("key", key)


def test_a_rollout_s_sides_have_labels_and_sizes_of_errors() -> None:
    store = FakeFeedback()
    labels = stored(store, rollout_id="r1", side="live")
    numbers = stored(store, KeptRow(number=3.0), rollout_id="r2", side="candidate")
    states(store, Feedback(prediction_id=labels.prediction_id, label="dog"))
    states(store, Feedback(prediction_id=numbers.prediction_id, score=1.0))
    assert store.sides("acme", "r1") == {"live": {"n": 1}}
    assert store.sides("acme", "r2") == {"candidate": {"rn": 1, "a": 2 * 10**12, "q": 4 * 10**12}}
