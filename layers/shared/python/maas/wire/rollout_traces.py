"""The item that notes what the table of monitoring has of a rollout, so that it goes with a deleted model."""

from typing import Any

from maas.domain.feedback.kept import DAY
from maas.domain.feedback.places import ModelPlace
from maas.wire import disagreements
from maas.wire.feedback import ROLLOUT_SECONDS, rollout
from maas.wire.judgements import judgement_key
from maas.wire.model_traces import Trace, trace_items
from maas.wire.rollout_watches import watch_key


def noted_rollout(place: ModelPlace, rollout_id: str, now: int) -> dict[str, Any]:
    """The item, which is the same for each writer. It outlives the counts, which are kept longest.

    `now` is in seconds since 1970.
    """
    partitions = [
        rollout(place.tenant_id, rollout_id),
        watch_key(rollout_id)["pk"],
        judgement_key(rollout_id)["pk"],
        disagreements.partition(place.tenant_id, rollout_id),
    ]
    expires = now + ROLLOUT_SECONDS + 31 * DAY
    [found] = trace_items(place.tenant_id, place.model_id, Trace.ROLLOUT, rollout_id, partitions, expires)
    return found
