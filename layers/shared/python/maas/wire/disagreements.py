"""Disagreements of a shadow as items of the table of monitoring.

- `SHADOW#<tenant>#<rollout>`, `sample#<slot>`: one disagreement

`sample` is JSON. `expires` is the table's TTL.
"""

import json
from collections.abc import Mapping
from typing import Any

from maas.domain.shadowing.comparing import Disagreement, Kind
from maas.domain.shadowing.samples import KEPT, Sample
from maas.wire.rollout_traces import disagreements_partition


def sample_item(tenant_id: str, rollout_id: str, slot: int, sample: Sample) -> dict[str, Any]:
    found = sample.disagreement
    text = json.dumps(
        {
            "prediction_id": sample.prediction_id,
            "at": sample.at,
            "output": found.output,
            "kind": found.kind,
            "row": found.row,
            "live": found.live,
            "candidate": found.candidate,
        },
        separators=(",", ":"),
    )
    key = {"pk": disagreements_partition(tenant_id, rollout_id), "sk": f"sample#{slot:04d}"}
    return {**key, "sample": text, "expires": int(sample.at) + KEPT}


def sample_of(item: Mapping[str, Any]) -> Sample:
    found = json.loads(item["sample"])
    return Sample(
        found["prediction_id"],
        found["at"],
        Disagreement(
            found["output"], Kind(found["kind"]), found["row"], tuple(found["live"]), tuple(found["candidate"])
        ),
    )
