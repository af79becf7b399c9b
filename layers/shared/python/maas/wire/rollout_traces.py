"""What the table of monitoring has of a rollout, and the item that notes it, so that it goes with a deleted model.

Functions that write one of the partitions know nothing of the others, so this module imports none of their subjects.
"""

from typing import Any

from maas.wire.model_traces import Trace, trace_items

_DAY = 86_400
# Seconds for which feedback on the sides of a rollout is kept, which is longest of all.
OUTCOMES_SECONDS = 400 * _DAY


def watch_partition(rollout_id: str) -> str:
    return f"WATCH#{rollout_id}"


def judgement_partition(rollout_id: str) -> str:
    return f"JUDGED#{rollout_id}"


def disagreements_partition(tenant_id: str, rollout_id: str) -> str:
    return f"SHADOW#{tenant_id}#{rollout_id}"


def outcomes_partition(tenant_id: str, rollout_id: str) -> str:
    return f"OUTCOMES-ROLLOUT#{tenant_id}#{rollout_id}"


def noted_rollout(tenant_id: str, model_id: str, rollout_id: str, now: int) -> dict[str, Any]:
    """The item, which is the same for each writer. It outlives what it names. `now` is in seconds since 1970."""
    partitions = [
        watch_partition(rollout_id),
        judgement_partition(rollout_id),
        disagreements_partition(tenant_id, rollout_id),
        outcomes_partition(tenant_id, rollout_id),
    ]
    expires = now + OUTCOMES_SECONDS + 31 * _DAY
    [found] = trace_items(tenant_id, model_id, Trace.ROLLOUT, rollout_id, partitions, expires)
    return found
