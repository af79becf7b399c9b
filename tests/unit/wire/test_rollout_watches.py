"""What a judge keeps of a rollout, as an item."""

import json
import zlib
from typing import Any

from maas.domain.judging.watching import begun
from maas.wire.rollout_watches import KEPT, watch_item, watch_of

WATCH = begun(1_800_000_000.0, 1, {"calls": 3, "serving:60": 3})


def changed(**values: Any) -> dict[str, Any]:
    item = watch_item("r1", WATCH)
    stored = json.loads(zlib.decompress(item["watch"])) | values
    return {**item, "watch": zlib.compress(json.dumps(stored).encode())}


def test_an_item_has_a_key_a_revision_and_an_end() -> None:
    item = watch_item("r1", WATCH)
    assert (item["pk"], item["sk"], item["revision"]) == ("WATCH#r1", "watch", 0)
    assert item["expires"] == 1_800_000_000 + KEPT
    assert watch_of(item) == WATCH


def test_a_field_of_a_later_release_is_left_out() -> None:
    assert watch_of(changed(weather="fine")) == WATCH
