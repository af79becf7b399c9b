"""What a judge keeps of rollouts, in the DynamoDB table of monitoring."""

from boto3.dynamodb.conditions import Attr

from maas.adapters.aws.dynamodb_calls import table_of, unavailable
from maas.adapters.aws.rollout_notes import RolloutNotes
from maas.domain.judging.findings import Judgement
from maas.domain.judging.watching import Watch
from maas.wire import rollout_watches as items
from maas.wire.judgements import judgement_item, judgement_key, judgement_of

_UNREACHABLE = "what is known of a rollout can't be read or stored just now; try again"


class DynamoRolloutWatches:
    """The RolloutWatches port."""

    def __init__(self, table: str, endpoint: str = "") -> None:
        self._table = table_of(table, endpoint)
        self._notes = RolloutNotes(self._table)

    def note(self, tenant_id: str, model_id: str, rollout_id: str) -> None:
        self._notes.note(tenant_id, model_id, rollout_id, _UNREACHABLE)

    def get(self, rollout_id: str) -> Watch | None:
        with unavailable(_UNREACHABLE):
            item = self._table.get_item(Key=items.watch_key(rollout_id), ConsistentRead=True).get("Item")
        return items.watch_of(item) if item else None

    def put(self, rollout_id: str, watch: Watch) -> bool:
        before = watch.revision - 1
        condition = Attr("revision").eq(before) if before else Attr("pk").not_exists()
        with unavailable(_UNREACHABLE):
            try:
                self._table.put_item(Item=items.watch_item(rollout_id, watch), ConditionExpression=condition)
            except self._table.client.exceptions.ConditionalCheckFailedException:
                return False
        return True

    def judgement(self, rollout_id: str) -> Judgement | None:
        with unavailable(_UNREACHABLE):
            item = self._table.get_item(Key=judgement_key(rollout_id), ConsistentRead=True).get("Item")
        return judgement_of(item) if item else None

    def put_judgement(self, rollout_id: str, judgement: Judgement) -> None:
        with unavailable(_UNREACHABLE):
            self._table.put_item(Item=judgement_item(rollout_id, judgement))
