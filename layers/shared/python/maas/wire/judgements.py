"""The last judgement of a rollout as an item of the table of monitoring.

- `JUDGED#<rollout>`, `latest`: one item, written at each look in place of the one before

It is JSON in one attribute, because DynamoDB has no binary fractions. `expires` is the table's TTL.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from maas.domain.judging.findings import GuardJudgement, GuardState, Judgement, Seen, Waits
from maas.domain.rollouts.guards import Guard, Metric
from maas.wire.rollout_traces import judgement_partition

# Seconds, as long as a watch.
KEPT = 40 * 86_400


def judgement_key(rollout_id: str) -> dict[str, str]:
    return {"pk": judgement_partition(rollout_id), "sk": "latest"}


def judgement_item(rollout_id: str, judgement: Judgement) -> dict[str, Any]:
    values = {**asdict(judgement), "at": judgement.at.isoformat()}
    return {
        **judgement_key(rollout_id),
        "judgement": json.dumps(values, separators=(",", ":"), ensure_ascii=False),
        "expires": int(judgement.at.timestamp()) + KEPT,
    }


def judgement_of(item: Mapping[str, Any]) -> Judgement:
    values = json.loads(item["judgement"])
    return Judgement(
        **{
            **values,
            "at": datetime.fromisoformat(values["at"]),
            "waits_for": Waits(values["waits_for"]) if values["waits_for"] else None,
            "guards": tuple(_guard(each) for each in values["guards"]),
        }
    )


def _guard(values: Mapping[str, Any]) -> GuardJudgement:
    guard = values["guard"]
    return GuardJudgement(
        **{
            **values,
            "guard": Guard(**{**guard, "metric": Metric(guard["metric"])}),
            "state": GuardState(values["state"]),
            "live": Seen(**values["live"]),
            "candidate": Seen(**values["candidate"]),
        }
    )
