"""The items of a model in the table of monitoring: sketches, baselines, drift, rollouts, predictions and feedback."""

from collections.abc import Sequence
from itertools import islice

from maas.adapters.aws.dynamodb_batches import delete_many
from maas.adapters.aws.dynamodb_table import Item, table_of
from maas.domain.feedback.places import ModelPlace
from maas.wire.feedback import outcomes
from maas.wire.model_traces import index, partitions_of

# Items that one call removes. It takes some seconds.
ITEMS_MAX = 2_000
_UNREACHABLE = "figures of predictions can't be removed just now; try again"


class DynamoModelTraces:
    """The ModelTraces port."""

    def __init__(self, table: str, endpoint: str = "") -> None:
        self._table = table_of(table, endpoint, _UNREACHABLE)

    def remove(self, tenant_id: str, model_id: str) -> bool:
        room = ITEMS_MAX
        place = ModelPlace(tenant_id, model_id)
        for partition in (outcomes(place, segments=False), outcomes(place, segments=True)):
            room -= self._emptied(partition, room)
        for noted in self._table.query(index(tenant_id, model_id), ConsistentRead=True):
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
        stored = self._table.query(partition, ProjectionExpression="pk, sk", ConsistentRead=True)
        found = list(islice(stored, max(room, 0)))
        self._delete(found)
        return len(found)

    def _delete(self, items: Sequence[Item]) -> None:
        delete_many(self._table, [{"pk": item["pk"], "sk": item["sk"]} for item in items])
