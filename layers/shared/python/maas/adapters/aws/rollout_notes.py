"""Notes in the table of monitoring that rollouts are a model's, so that what is kept of them goes with the model."""

import time

from maas.adapters.aws.dynamodb_table import DynamoTable
from maas.wire.rollout_traces import noted_rollout

# Rollouts that a process remembers to have noted.
_KNOWN_MAX = 1_000


class RolloutNotes:
    """Writes each note once in a process."""

    def __init__(self, table: DynamoTable) -> None:
        self._table = table
        self._known = set[tuple[str, str, str]]()

    def note(self, tenant_id: str, model_id: str, rollout_id: str) -> None:
        """Raises Unavailable."""
        noted = (tenant_id, model_id, rollout_id)
        if noted in self._known:
            return
        self._table.put(noted_rollout(*noted, int(time.time())))
        if len(self._known) >= _KNOWN_MAX:
            self._known.clear()
        self._known.add(noted)
