"""What the table of monitoring has of a model: sketches, baselines, drift, rollouts, predictions and feedback."""

from itertools import islice
from typing import Any

from boto3.dynamodb.conditions import Key

from maas.adapters.aws.dynamodb_calls import queried, table_of, write_many
from maas.domain.feedback.places import ModelPlace
from maas.wire.feedback import outcomes
from maas.wire.model_traces import index, partitions_of

# Items that one call removes. It takes some seconds.
ITEMS_MAX = 2_000
_UNREACHABLE = "figures of predictions can't be removed just now; try again"


class DynamoModelTraces:
    """The ModelTraces port."""

    def __init__(self, table: str, endpoint: str = "") -> None:
        self._table = table_of(table, endpoint)

    def remove(self, tenant_id: str, model_id: str) -> bool:
        room = ITEMS_MAX
        place = ModelPlace(tenant_id, model_id)
        for partition in (outcomes(place, segments=False), outcomes(place, segments=True)):
            room -= self._emptied(partition, room)
        for noted in queried(self._table, _UNREACHABLE, Key("pk").eq(index(tenant_id, model_id)), ConsistentRead=True):
            for partition in partitions_of(noted):
                if room <= 0:
                    return True
                room -= self._emptied(partition, room)
            if room <= 0:
                return True
            self._delete([noted])
        return room <= 0

    def _emptied(self, partition: str, room: int) -> int:
        """Removes at most `room` items of a partition. Returns their number: `room` if there may be more."""
        keys = {"ProjectionExpression": "pk, sk", "ConsistentRead": True}
        found = list(islice(queried(self._table, _UNREACHABLE, Key("pk").eq(partition), **keys), max(room, 0)))
        self._delete(found)
        return len(found)

    def _delete(self, items: list[dict[str, Any]]) -> None:
        keys = [{"pk": item["pk"], "sk": item["sk"]} for item in items]
        write_many(self._table, _UNREACHABLE, [{"DeleteRequest": {"Key": key}} for key in keys])
