"""The outcomes of rollouts by feedback, in the table of monitoring."""

from maas.adapters.aws.dynamodb_table import table_of
from maas.domain.feedback.totals import SideCounts
from maas.wire.feedback_totals import counts_of
from maas.wire.rollout_traces import outcomes_partition

_UNREACHABLE = "feedback can't be read or stored just now; try again"


class DynamoRolloutOutcomes:
    """The part of the FeedbackStore port that the judge reads."""

    def __init__(self, table: str, endpoint: str = "") -> None:
        self._table = table_of(table, endpoint, _UNREACHABLE)

    def sides(self, tenant_id: str, rollout_id: str) -> SideCounts:
        found = self._table.query(outcomes_partition(tenant_id, rollout_id), ConsistentRead=True)
        return {item["sk"]: counts_of(item) for item in found}
