"""Results of predictions as the cache stores them: checked when read, since a cache may hold anything.

A stored result is a line of JSON, which describes the outputs, and the contents of the outputs behind it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from maas.domain.inference.outputs import Output, Wanted
from maas.services.ports.inference import ResultCache


@dataclass(frozen=True, slots=True)
class Stored:
    """Outputs by name. `computed_at` is in seconds of the wall clock of the process that computed them."""

    outputs: Mapping[str, Output]
    computed_at: float


def cached_outputs(cache: ResultCache, key: str, wanted: Sequence[Wanted]) -> Stored | None:
    """The stored outputs, one for each of `wanted` and in their order.

    None if there are none, or if the stored value is not a result with these names, element types and forms.
    """
    head, _, contents = (cache.get(key) or b"").partition(b"\n")
    try:
        stored = json.loads(head)
        if stored["tensors"] != _described(wanted) or type(stored["computed_at"]) is not float:
            return None
        return Stored(_outputs(wanted, stored["outputs"], contents), stored["computed_at"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def store_outputs(
    cache: ResultCache,
    key: str,
    wanted: Sequence[Wanted],
    outputs: Mapping[str, Output],
    computed_at: float,
) -> None:
    """Stores the outputs of a run, with the names, element types and shapes that the version's signature declares."""
    found = [outputs[each.name] for each in wanted]
    head = {
        "computed_at": computed_at,
        "tensors": _described(wanted),
        "outputs": [[output.dtype, list(output.shape), len(output.content)] for output in found],
    }
    lines = json.dumps(head, separators=(",", ":")).encode()
    cache.put(key, b"".join([lines, b"\n", *(output.content for output in found)]))


def _described(wanted: Sequence[Wanted]) -> list[list[Any]]:
    return [[each.name, each.tensor.dtype, list(each.tensor.shape), each.form] for each in wanted]


def _outputs(wanted: Sequence[Wanted], described: Sequence[Any], contents: bytes) -> dict[str, Output]:
    """Raises ValueError or TypeError if these are no outputs with the element types that are wanted."""
    found, start = {}, 0
    for each, (dtype, shape, length) in zip(wanted, described, strict=True):
        if dtype != each.tensor.dtype or length < 0 or not all(type(size) is int and size >= 0 for size in shape):
            raise ValueError(each.name)
        found[each.name] = Output(contents[start : start + length], tuple(shape), dtype)
        start += length
    if start != len(contents):
        raise ValueError("the contents have another length")
    return found
