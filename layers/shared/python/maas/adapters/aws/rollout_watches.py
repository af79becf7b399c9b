"""The watches of a judge on rollouts, in the DynamoDB table of monitoring."""

from maas.adapters.aws.dynamodb_table import table_of
from maas.adapters.aws.rollout_notes import RolloutNotes
from maas.domain.judging.findings import Judgement
from maas.domain.judging.watching import Watch
from maas.wire import rollout_watches as items
from maas.wire.judgements import judgement_item, judgement_key, judgement_of

_UNREACHABLE = "what is known of a rollout can't be read or stored just now; try again"


class DynamoRolloutWatches:
    """The RolloutWatches port."""

    def __init__(self, table: str, endpoint: str = "") -> None:
        self._table = table_of(table, endpoint, _UNREACHABLE)
        self._notes = RolloutNotes(self._table)

    def note(self, tenant_id: str, model_id: str, rollout_id: str) -> None:
        self._notes.note(tenant_id, model_id, rollout_id)

    def get(self, rollout_id: str) -> Watch | None:
        item = self._table.get(items.watch_key(rollout_id))
        return items.watch_of(item) if item else None

    def put(self, rollout_id: str, watch: Watch) -> bool:
        item, before = items.watch_item(rollout_id, watch), watch.revision - 1
        if before:
            return self._table.put(item, "revision = :before", {":before": before})
        return self._table.put(item, "attribute_not_exists(pk)")

    def judgement(self, rollout_id: str) -> Judgement | None:
        item = self._table.get(judgement_key(rollout_id))
        return judgement_of(item) if item else None

    def put_judgement(self, rollout_id: str, judgement: Judgement) -> None:
        self._table.put(judgement_item(rollout_id, judgement))
