"""What a judge keeps of a rollout as an item of the table of monitoring.

- `WATCH#<rollout>`, `watch`: one item, written at each look

Counts are JSON, compressed. `expires` is the table's TTL.
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from maas.domain.judging.watching import Watch
from maas.wire.rollout_traces import watch_partition

# Longer than any step.
KEPT = 40 * 86_400
_STORED = tuple(field.name for field in fields(Watch))


def watch_key(rollout_id: str) -> dict[str, str]:
    return {"pk": watch_partition(rollout_id), "sk": "watch"}


def watch_item(rollout_id: str, watch: Watch) -> dict[str, Any]:
    values = {name: getattr(watch, name) for name in _STORED}
    stored = zlib.compress(json.dumps(values, separators=(",", ":")).encode())
    return {**watch_key(rollout_id), "watch": stored, "revision": watch.revision, "expires": int(watch.at) + KEPT}


def watch_of(item: Mapping[str, Any]) -> Watch:
    """The stored watch. A release before or after this one may have written fewer or more fields."""
    values = json.loads(zlib.decompress(bytes(item["watch"])))
    return Watch(**{name: value for name, value in values.items() if name in _STORED})
