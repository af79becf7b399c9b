"""Kept predictions, feedback and their counts in the monitoring table, whose TTL removes them."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from maas.adapters.aws.dynamodb_batches import get_many, put_many
from maas.adapters.aws.dynamodb_table import Write
from maas.adapters.aws.rollout_notes import RolloutNotes
from maas.adapters.aws.rollout_outcomes import DynamoRolloutOutcomes
from maas.domain.errors import InvalidInput, Rule
from maas.domain.feedback.given import Feedback
from maas.domain.feedback.kept import WAITING_SECONDS, Kept
from maas.domain.feedback.places import BucketCounts, Change, Changes, ModelPlace, by_place, reference
from maas.wire import feedback as items
from maas.wire.feedback_totals import COUNT
from maas.wire.rollout_traces import OUTCOMES_SECONDS, outcomes_partition


class DynamoFeedback(DynamoRolloutOutcomes):
    """The FeedbackStore port."""

    def __init__(self, table: str, endpoint: str = "") -> None:
        super().__init__(table, endpoint)
        self._notes = RolloutNotes(self._table)

    def keep(self, predictions: Sequence[Kept]) -> None:
        # A batch must not have one key twice.
        found = {item["pk"]: item for kept in predictions for item in items.kept_items(kept)}
        noted = [item for place, kept in by_place(predictions).items() for item in items.noted_items(place, kept)]
        put_many(self._table, [*noted, *found.values()])

    def kept(self, place: ModelPlace, references: Iterable[str]) -> Mapping[str, Kept]:
        stored = self._stored(place, references)
        ids = {name: item["prediction_id"] for name, item in stored.items() if "prediction_id" in item}
        behind = self._stored(place, set(ids.values()) - stored.keys())
        found = {name: item for name, item in {**behind, **stored}.items() if "kept" in item}
        known = {name: items.kept_of(place, name, item["kept"]) for name, item in found.items()}
        return known | {name: known[prediction_id] for name, prediction_id in ids.items() if prediction_id in known}

    def truths(self, place: ModelPlace, rows: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], str]:
        keys = {tuple(items.truth_key(place, *row).values()): row for row in rows}
        found = get_many(self._table, [{"pk": pk, "sk": sk} for pk, sk in keys])
        return {keys[item["pk"], item["sk"]]: item["truth"] for item in found}

    def record(self, changes: Changes) -> bool:
        writes = [_truth(changes.place, change) for change in changes.truths.values()]
        for bucket, counts in changes.counts.items():
            key, fields = items.bucket_key(changes.place, bucket), items.bucket_fields(bucket)
            writes += _added(key, counts, fields | {"expires": items.bucket_expiry(bucket.hour)})
        for (rollout_id, side), counts in changes.rollouts.items():
            self._notes.note(changes.place.tenant_id, changes.place.model_id, rollout_id)
            key = {"pk": outcomes_partition(changes.place.tenant_id, rollout_id), "sk": side}
            writes += _added(key, counts, {"expires": int(time.time()) + OUTCOMES_SECONDS})
        try:
            return not self._table.transact(writes)
        except self._table.client.exceptions.TransactionCanceledException as error:  # an item of more than 400 KB
            message = "an hour of one version has more classes than can be counted"
            raise InvalidInput.of("label", Rule.MAX_ITEMS, message) from error

    def wait(self, place: ModelPlace, given: Sequence[Feedback]) -> None:
        for each in given:
            self._table.update(
                items.waiting_key(place, reference(each)),
                "SET #row = :given, expires = :expires",
                {":given": items.waiting_text(each), ":expires": int(time.time()) + WAITING_SECONDS},
                names={"#row": f"{items.ROW}{each.row}"},
                returned="NONE",
            )

    def waiting(self, place: ModelPlace, references: Iterable[str]) -> Sequence[Feedback]:
        by_partition = {items.partition(place, name): name for name in references}
        keys = [{"pk": pk, "sk": items.WAITING} for pk in by_partition]
        found = [item for item in get_many(self._table, keys) if item["expires"] > time.time()]
        return [each for item in found for each in items.waiting_of(by_partition[item["pk"]], item)]

    def counts(self, place: ModelPlace, hours: range, *, segments: bool) -> Iterator[BucketCounts]:
        between = (items.hour_text(hours.start), items.hour_text(hours.stop))
        return map(items.bucket_of, self._table.query(items.outcomes(place, segments=segments), between=between))

    def _stored(self, place: ModelPlace, references: Iterable[str]) -> dict[str, dict[str, Any]]:
        """The items of these references that have not expired; TTL removes them some days later."""
        by_partition = {items.partition(place, name): name for name in references}
        keys = [{"pk": pk, "sk": items.KEPT} for pk in by_partition]
        found = get_many(self._table, keys)
        return {by_partition[item["pk"]]: item for item in found if item["expires"] > time.time()}


def _truth(place: ModelPlace, change: Change) -> Write:
    """The write of a truth, if the stored one is still the one that was read."""
    key = items.truth_key(place, change.kept.prediction_id, change.row)
    item = {**key, "truth": change.after, "expires": int(change.kept.at) + items.TRUTHS_SECONDS}
    if not change.before:
        return {"Put": {"Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}
    values = {":before": change.before}
    return {"Put": {"Item": item, "ConditionExpression": "truth = :before", "ExpressionAttributeValues": values}}


def _added(key: Mapping[str, str], counts: Mapping[str, int], fields: Mapping[str, Any]) -> list[Write]:
    """The write that adds to counts; none if they add nothing."""
    if not counts:
        return []
    added = [(f"#c{place}", f":c{place}", name, value) for place, (name, value) in enumerate(counts.items())]
    set_to = [(f"#f{place}", f":f{place}", name, value) for place, (name, value) in enumerate(fields.items())]
    adds = ", ".join(f"{name} {value}" for name, value, _, _ in added)
    sets = ", ".join(f"{name} = {value}" for name, value, _, _ in set_to)
    update = {
        "Key": key,
        "UpdateExpression": f"SET {sets} ADD {adds}",
        "ExpressionAttributeNames": {
            **{short: f"{COUNT}{name}" for short, _, name, _ in added},
            **{short: name for short, _, name, _ in set_to},
        },
        "ExpressionAttributeValues": {short: value for _, short, _, value in (*added, *set_to)},
    }
    return [{"Update": update}]
