"""What feedback has made of rollouts, in the table of monitoring."""

from boto3.dynamodb.conditions import Key

from maas.adapters.aws.dynamodb_calls import queried, table_of
from maas.domain.feedback.totals import SideCounts
from maas.wire.feedback_totals import counts_of
from maas.wire.rollout_traces import outcomes_partition

UNREACHABLE = "feedback can't be read or stored just now; try again"


class DynamoRolloutOutcomes:
    """The part of the FeedbackStore port that the judge reads."""

    def __init__(self, table: str, endpoint: str = "") -> None:
        self._table = table_of(table, endpoint)

    def sides(self, tenant_id: str, rollout_id: str) -> SideCounts:
        condition = Key("pk").eq(outcomes_partition(tenant_id, rollout_id))
        found = queried(self._table, UNREACHABLE, condition, ConsistentRead=True)
        return {item["sk"]: counts_of(item) for item in found}
