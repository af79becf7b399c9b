"""Disagreements of shadows in the DynamoDB table of monitoring."""

import random
from collections.abc import Sequence

from maas.adapters.aws.dynamodb_table import table_of
from maas.domain.shadowing.samples import SAMPLES_MAX, Sample
from maas.wire import disagreements as items
from maas.wire.rollout_traces import disagreements_partition

_UNREACHABLE = "disagreements of rollouts can't be read or stored just now; try again"


class DynamoDisagreements:
    """The Samples port.

    A rollout has so many slots, and a process fills one after the other. So one process keeps the latest samples, and
    several at once may fill the same slot: there are never more, and nothing has to be read or counted.
    """

    def __init__(self, table: str, endpoint: str = "") -> None:
        self._table = table_of(table, endpoint, _UNREACHABLE)
        self._slot = random.randrange(SAMPLES_MAX)  # noqa: S311 - no secret

    def keep(self, tenant_id: str, rollout_id: str, sample: Sample) -> None:
        self._slot = (self._slot + 1) % SAMPLES_MAX
        self._table.put(items.sample_item(tenant_id, rollout_id, self._slot, sample))

    def kept(self, tenant_id: str, rollout_id: str) -> Sequence[Sample]:
        stored = self._table.query(disagreements_partition(tenant_id, rollout_id), begins_with="sample#")
        found = [items.sample_of(item) for item in stored]
        return sorted(found, key=lambda sample: sample.at, reverse=True)
