"""Kept predictions, feedback and counts as items of the monitoring table.

- `PREDICTION#<tenant>#<model>#<reference>`, `KEPT`: a prediction, or for a key the id of one
- the same partition, `TRUTH#<row>`: the truth of a row; `WAITING`: feedback on a prediction that is not kept yet
- `OUTCOMES#<tenant>#<model>`, `<hour>#<version>#<rollout>#<side>`: counts of an hour
- `OUTCOMES-SEGMENTS#<tenant>#<model>`, `<hour>#<version>#<name>#<value>`: the same of a segment
- `OUTCOMES-ROLLOUT#<tenant>#<rollout>`, `<side>`: counts of a side

Counts are as wire.feedback_totals has them. `expires` is the table's TTL.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from maas.domain.feedback.given import Feedback
from maas.domain.feedback.kept import DAY, JOIN_SECONDS, Kept, KeptRow
from maas.domain.feedback.places import HOUR, Bucket, ModelPlace
from maas.domain.feedback.totals import Counts
from maas.domain.ids import new_id
from maas.wire.feedback_totals import counts_of
from maas.wire.model_traces import Trace, trace_items

KEPT, TRUTH, WAITING = "KEPT", "TRUTH#", "WAITING"
ROW = "w:"
# Truths outlive their prediction, because TTL removes items in no order: feedback counts once while there is one.
TRUTHS_SECONDS = JOIN_SECONDS + 7 * DAY
COUNTS_SECONDS = 100 * DAY


def partition(place: ModelPlace, reference: str) -> str:
    return f"PREDICTION#{place.tenant_id}#{place.model_id}#{reference}"


def kept_key(place: ModelPlace, reference: str) -> dict[str, str]:
    return {"pk": partition(place, reference), "sk": KEPT}


def truth_key(place: ModelPlace, prediction_id: str, row: int) -> dict[str, str]:
    return {"pk": partition(place, prediction_id), "sk": f"{TRUTH}{row:03}"}


def waiting_key(place: ModelPlace, reference: str) -> dict[str, str]:
    return {"pk": partition(place, reference), "sk": WAITING}


def outcomes(place: ModelPlace, *, segments: bool) -> str:
    return f"OUTCOMES{'-SEGMENTS' if segments else ''}#{place.tenant_id}#{place.model_id}"


def hour_text(hour: int) -> str:
    """The hour so that texts sort as hours do."""
    return f"{hour:08}"


def bucket_key(place: ModelPlace, bucket: Bucket) -> dict[str, str]:
    ends = bucket.segment or (bucket.rollout_id, bucket.side)
    sort = "#".join((hour_text(bucket.hour), bucket.version, *ends))
    return {"pk": outcomes(place, segments=bucket.segment is not None), "sk": sort}


def bucket_fields(bucket: Bucket) -> dict[str, Any]:
    """The attributes of a bucket beside its key and counts."""
    found: dict[str, Any] = {"version": bucket.version, "hour": bucket.hour}
    if bucket.segment:
        return found | {"segment": list(bucket.segment)}
    return found | {"rollout": bucket.rollout_id, "side": bucket.side}


def bucket_of(item: Mapping[str, Any]) -> tuple[Bucket, Counts]:
    segment = item.get("segment")
    bucket = Bucket(
        int(item["hour"]),
        item["version"],
        item.get("rollout", ""),
        item.get("side", ""),
        (segment[0], segment[1]) if segment else None,
    )
    return bucket, counts_of(item)


def bucket_expiry(hour: int) -> int:
    return hour * HOUR + COUNTS_SECONDS


def kept_items(kept: Kept) -> Iterator[dict[str, Any]]:
    """The item of a prediction, and that of its key."""
    place, expires = ModelPlace(kept.tenant_id, kept.model_id), int(kept.at) + JOIN_SECONDS
    yield {**kept_key(place, kept.prediction_id), "kept": kept_text(kept), "expires": expires}
    if kept.key:
        yield {**kept_key(place, f"key:{kept.key}"), "prediction_id": kept.prediction_id, "expires": expires}


def noted_items(place: ModelPlace, kept: Sequence[Kept]) -> Iterator[dict[str, Any]]:
    """The items that note the partitions of predictions of one model, for as long as there may be truths in them."""
    expires = max(int(each.at) for each in kept) + TRUTHS_SECONDS
    partitions = [key["pk"] for each in kept for key in kept_items(each)]
    return trace_items(place.tenant_id, place.model_id, Trace.KEPT, new_id(), partitions, expires)


def kept_text(kept: Kept) -> str:
    found = {
        "version": kept.version,
        "at": kept.at,
        "key": kept.key,
        "rollout": kept.rollout_id,
        "side": kept.side,
        "names": kept.names,
        "rows": [[row.label, row.number, row.confidence, row.scores, dict(row.segments)] for row in kept.rows],
    }
    return json.dumps({name: value for name, value in found.items() if value}, separators=(",", ":"))


def kept_of(place: ModelPlace, prediction_id: str, text: str) -> Kept:
    found = json.loads(text)
    rows = (
        KeptRow(label=label, number=number, confidence=confidence, scores=tuple(scores), segments=segments)
        for label, number, confidence, scores, segments in found["rows"]
    )
    return Kept(
        tenant_id=place.tenant_id,
        model_id=place.model_id,
        prediction_id=prediction_id,
        version=found["version"],
        at=found["at"],
        key=found.get("key", ""),
        rollout_id=found.get("rollout", ""),
        side=found.get("side", ""),
        names=tuple(found.get("names", ())),
        rows=tuple(rows),
    )


def waiting_text(given: Feedback) -> str:
    return json.dumps([given.label, given.score])


def waiting_of(reference: str, item: Mapping[str, Any]) -> Iterable[Feedback]:
    """The feedback that waits under a reference."""
    key = reference.removeprefix("key:") if reference.startswith("key:") else ""
    for name, text in sorted(item.items()):
        if name.startswith(ROW):
            label, score = json.loads(text)
            yield Feedback(
                prediction_id="" if key else reference,
                key=key,
                row=int(name.removeprefix(ROW)),
                label=label,
                score=score,
            )
