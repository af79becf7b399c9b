"""Kept predictions, feedback and their counts in the monitoring table, whose TTL removes them."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from boto3.dynamodb.conditions import Key

from maas.adapters.aws.dynamodb_calls import ATTEMPTS, get_many, pause, queried, unavailable, write_many
from maas.adapters.aws.rollout_notes import RolloutNotes
from maas.adapters.aws.rollout_outcomes import UNREACHABLE, DynamoRolloutOutcomes
from maas.domain.errors import Contended, InvalidInput, Rule
from maas.domain.feedback.given import Feedback
from maas.domain.feedback.kept import WAITING_SECONDS, Kept
from maas.domain.feedback.places import BucketCounts, Change, Changes, ModelPlace, by_place, reference
from maas.platform.dynamodb_errors import INVALID, REFUSED, cancellation_reasons
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
        puts = [{"PutRequest": {"Item": item}} for item in (*noted, *found.values())]
        write_many(self._table, UNREACHABLE, puts)

    def kept(self, place: ModelPlace, references: Iterable[str]) -> Mapping[str, Kept]:
        stored = self._stored(place, references)
        ids = {name: item["prediction_id"] for name, item in stored.items() if "prediction_id" in item}
        behind = self._stored(place, set(ids.values()) - stored.keys())
        found = {name: item for name, item in {**behind, **stored}.items() if "kept" in item}
        known = {name: items.kept_of(place, name, item["kept"]) for name, item in found.items()}
        return known | {name: known[prediction_id] for name, prediction_id in ids.items() if prediction_id in known}

    def truths(self, place: ModelPlace, rows: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], str]:
        keys = {tuple(items.truth_key(place, *row).values()): row for row in rows}
        found = get_many(self._table, UNREACHABLE, [{"pk": pk, "sk": sk} for pk, sk in keys])
        return {keys[item["pk"], item["sk"]]: item["truth"] for item in found}

    def record(self, changes: Changes) -> bool:
        writes = [self._truth(changes.place, change) for change in changes.truths.values()]
        for bucket, counts in changes.counts.items():
            key, fields = items.bucket_key(changes.place, bucket), items.bucket_fields(bucket)
            writes += self._added(key, counts, fields | {"expires": items.bucket_expiry(bucket.hour)})
        for (rollout_id, side), counts in changes.rollouts.items():
            self._notes.note(changes.place.tenant_id, changes.place.model_id, rollout_id, UNREACHABLE)
            key = {"pk": outcomes_partition(changes.place.tenant_id, rollout_id), "sk": side}
            writes += self._added(key, counts, {"expires": int(time.time()) + OUTCOMES_SECONDS})
        return self._transact(writes)

    def wait(self, place: ModelPlace, given: Sequence[Feedback]) -> None:
        for each in given:
            with unavailable(UNREACHABLE):
                self._table.update_item(
                    Key=items.waiting_key(place, reference(each)),
                    UpdateExpression="SET #row = :given, expires = :expires",
                    ExpressionAttributeNames={"#row": f"{items.ROW}{each.row}"},
                    ExpressionAttributeValues={
                        ":given": items.waiting_text(each),
                        ":expires": int(time.time()) + WAITING_SECONDS,
                    },
                )

    def waiting(self, place: ModelPlace, references: Iterable[str]) -> Sequence[Feedback]:
        by_partition = {items.partition(place, name): name for name in references}
        keys = [{"pk": pk, "sk": items.WAITING} for pk in by_partition]
        found = [item for item in get_many(self._table, UNREACHABLE, keys) if item["expires"] > time.time()]
        return [each for item in found for each in items.waiting_of(by_partition[item["pk"]], item)]

    def counts(self, place: ModelPlace, hours: range, *, segments: bool) -> Iterator[BucketCounts]:
        between = Key("sk").between(items.hour_text(hours.start), items.hour_text(hours.stop))
        condition = Key("pk").eq(items.outcomes(place, segments=segments)) & between
        for item in queried(self._table, UNREACHABLE, condition):
            yield items.bucket_of(item)

    def _stored(self, place: ModelPlace, references: Iterable[str]) -> dict[str, dict[str, Any]]:
        """The items of these references that have not expired; TTL removes them some days later."""
        by_partition = {items.partition(place, name): name for name in references}
        keys = [{"pk": pk, "sk": items.KEPT} for pk in by_partition]
        found = get_many(self._table, UNREACHABLE, keys)
        return {by_partition[item["pk"]]: item for item in found if item["expires"] > time.time()}

    def _truth(self, place: ModelPlace, change: Change) -> dict[str, Any]:
        """The write of a truth, if the stored one is still the one that was read."""
        key = items.truth_key(place, change.kept.prediction_id, change.row)
        item = {**key, "truth": change.after, "expires": int(change.kept.at) + items.TRUTHS_SECONDS}
        put: dict[str, Any] = {"TableName": self._table.name, "Item": item}
        if not change.before:
            return {"Put": {**put, "ConditionExpression": "attribute_not_exists(pk)"}}
        values = {":before": change.before}
        return {"Put": {**put, "ConditionExpression": "truth = :before", "ExpressionAttributeValues": values}}

    def _added(self, key: Mapping[str, str], counts: Mapping[str, int], fields: Mapping[str, Any]) -> list[Any]:
        """The write that adds to counts; none if they add nothing."""
        if not counts:
            return []
        added = [(f"#c{place}", f":c{place}", name, value) for place, (name, value) in enumerate(counts.items())]
        set_to = [(f"#f{place}", f":f{place}", name, value) for place, (name, value) in enumerate(fields.items())]
        adds = ", ".join(f"{name} {value}" for name, value, _, _ in added)
        sets = ", ".join(f"{name} = {value}" for name, value, _, _ in set_to)
        update = {
            "TableName": self._table.name,
            "Key": key,
            "UpdateExpression": f"SET {sets} ADD {adds}",
            "ExpressionAttributeNames": {
                **{short: f"{COUNT}{name}" for short, _, name, _ in added},
                **{short: name for short, _, name, _ in set_to},
            },
            "ExpressionAttributeValues": {short: value for _, short, _, value in (*added, *set_to)},
        }
        return [{"Update": update}]

    def _transact(self, writes: Sequence[Any]) -> bool:
        client = self._table.client
        for attempt in range(1, ATTEMPTS + 1):
            with unavailable(UNREACHABLE):
                try:
                    client.transact_write_items(TransactItems=list(writes))
                except client.exceptions.TransactionCanceledException as error:
                    reasons = cancellation_reasons(error)
                    if REFUSED in reasons:
                        return False
                    if INVALID in reasons:  # an item of more than 400 KB
                        message = "an hour of one version has more classes than can be counted"
                        raise InvalidInput.of("label", Rule.MAX_ITEMS, message) from error
                else:
                    return True
            pause(attempt)
        raise Contended("others keep changing this; try again")
