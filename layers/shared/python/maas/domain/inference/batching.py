"""Calls of one model that are run as one: their rows are joined, and the rows of the outputs told apart again."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from maas.domain.catalog.version_settings import BATCHING, SIZE_MAX, WINDOW_MAX
from maas.domain.inference.outputs import FREE, Form, Output, Wanted
from maas.domain.inference.packing import packed, texts
from maas.domain.inference.tensors import Feed


@dataclass(frozen=True, slots=True)
class Batching:
    """A batch has at most `size` rows. Its first call waits at most `window` seconds for others."""

    size: int
    window: float


def batching_of(metadata: Mapping[str, Any]) -> Batching | None:
    """The batching that a version's metadata asks for; None if it asks for none, or for what is no batching."""
    given = metadata.get(BATCHING)
    if not isinstance(given, dict):
        return None
    size, window = given.get("max_size"), given.get("window_ms")
    if type(size) is not int or not 2 <= size <= SIZE_MAX:
        return None
    if isinstance(window, bool) or not isinstance(window, int | float) or not 0 < window <= WINDOW_MAX:
        return None
    return Batching(size, window / 1000)


def rows_of_feed(feed: Feed, signature_shapes: Sequence[Sequence[int]], wanted: Sequence[Wanted]) -> int | None:
    """The rows of a call; None if it can't be joined with others.

    The first dimension of all inputs and outputs is free in the file, all inputs have as many rows, and the outputs are
    wanted as bytes. `signature_shapes` are those of the inputs.
    """
    shapes = [*signature_shapes, *(each.tensor.shape for each in wanted)]
    counts = {values.shape[0] for values in feed.values if values.shape}
    if any(tuple(shape[:1]) != (FREE,) for shape in shapes) or any(each.form is not Form.RAW for each in wanted):
        return None
    return counts.pop() if len(counts) == 1 and 0 not in counts else None


def kind_of(feed: Feed) -> tuple[Any, ...]:
    """The parts that feeds must have in common to be joined: names, element types, and all dimensions but the first."""
    return tuple((values.name, values.dtype, values.shape[1:]) for values in feed.values)


def joined(feeds: Sequence[Feed]) -> Feed:
    """The feed with the rows of all, which are of one kind."""
    columns = zip(*(feed.values for feed in feeds), strict=True)
    values = [
        replace(
            parts[0],
            shape=(sum(part.shape[0] for part in parts), *parts[0].shape[1:]),
            data=b"".join(part.data for part in parts),
        )
        for parts in columns
    ]
    return replace(feeds[0], values=tuple(values), single=False)


def parted(outputs: Mapping[str, Output], rows: Sequence[int]) -> list[dict[str, Output]] | None:
    """The outputs of each call, which had so many rows; None if an output does not have as many as all together."""
    if any(output.shape[:1] != (sum(rows),) for output in outputs.values()):
        return None
    columns = {name: _parts(output, rows) for name, output in outputs.items()}
    return [{name: parts[place] for name, parts in columns.items()} for place in range(len(rows))]


def _parts(output: Output, rows: Sequence[int]) -> list[Output]:
    per_row = math.prod(output.shape[1:])
    strings = texts(output.content) if output.dtype == "string" else []
    size = len(output.content) // max(1, output.shape[0])
    found, start = [], 0
    for count in rows:
        if output.dtype == "string":
            content = packed("string", [text.decode() for text in strings[start * per_row : (start + count) * per_row]])
        else:
            content = output.content[start * size : (start + count) * size]
        found.append(replace(output, content=content, shape=(count, *output.shape[1:])))
        start += count
    return found
