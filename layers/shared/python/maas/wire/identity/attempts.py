"""Counts of attempts as items of the identity table, keyed by a digest of what is counted.

- `ATTEMPTS#<digest>`, `ATTEMPTS`: part<number> (attempts in that part of a span), signed_in (Unix seconds), expires
  (Unix seconds, also the table's TTL)
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from maas.domain.identity.attempts import Tally

_PART = "part"


def attempts_key(name: str) -> dict[str, str]:
    return {"pk": f"ATTEMPTS#{hashlib.sha256(name.encode()).hexdigest()}", "sk": "ATTEMPTS"}


def part_name(part: int) -> str:
    return f"{_PART}{part}"


def tally_of(item: Mapping[str, Any]) -> Tally:
    counts = {int(name.removeprefix(_PART)): int(item[name]) for name in item if name.startswith(_PART)}
    return Tally(counts, int(item["signed_in"]) if "signed_in" in item else None)
