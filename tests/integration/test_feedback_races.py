"""Feedback that several processes send while its predictions are kept is counted once."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from maas.adapters.aws.feedback import DynamoFeedback
from maas.domain.feedback.given import Feedback
from maas.domain.feedback.kept import KeptRow
from maas.domain.feedback.places import HOUR, ModelPlace
from maas.domain.ids import new_id
from maas.services.joining_feedback import Joining, State
from maas.services.keeping_predictions import KeepingPredictions
from tests.support.feedback import PLACE, kept_of
from tests.support.table_engines import Tables

PREDICTIONS = 60


def _send(tables: Tables, place: ModelPlace, given: list[Feedback], seed: int) -> None:
    """Sends all feedback in an order of its own, in requests of eight, with a client of its own."""
    joining, order = Joining(DynamoFeedback(tables.monitoring, tables.endpoint)), random.Random(seed)
    shuffled = order.sample(given, len(given))
    for start in range(0, len(shuffled), 8):
        joining.join(place, shuffled[start : start + 8])


def test_each_row_counts_once_whoever_sends_and_keeps_it(tables: Tables) -> None:
    chance, now = random.Random(5), time.time()
    model_id = new_id()
    kept = [
        kept_of(KeptRow(label="cat"), at=now, key=new_id(), rollout_id=model_id, side="live", model_id=model_id)
        for _ in range(PREDICTIONS)
    ]
    place = ModelPlace(PLACE.tenant_id, model_id)
    labels = [chance.choice(["cat", "dog"]) for _ in kept]
    by_id = [Feedback(prediction_id=one.prediction_id, label=label) for one, label in zip(kept, labels, strict=True)]
    by_key = [Feedback(key=one.key, label=label) for one, label in zip(kept, labels, strict=True)]
    store = DynamoFeedback(tables.monitoring, tables.endpoint)
    keep = KeepingPredictions(store, 1).keep
    with ThreadPoolExecutor(5) as pool:
        calls = [
            partial(_send, tables, place, given, seed) for seed, given in enumerate((by_id, by_key, by_id, by_key))
        ]
        calls += [partial(keep, kept[start : start + 20]) for start in range(0, PREDICTIONS, 20)]
        for done in [pool.submit(call) for call in chance.sample(calls, len(calls))]:
            done.result()

    assert {outcome.state for outcome in Joining(store).join(place, [*by_id, *by_key])} == {State.DUPLICATE}
    hours = range(int(now // HOUR), int(now // HOUR) + 1)
    [(_, counts)] = store.counts(place, hours, segments=False)
    right = labels.count("cat")
    expected = {"n": PREDICTIONS, "ok": right, "p:cat": PREDICTIONS, "h:cat": right, "t:cat": right}
    assert counts == expected | {"t:dog": PREDICTIONS - right}
    assert store.sides(PLACE.tenant_id, model_id) == {"live": {"n": PREDICTIONS, "ok": right}}
