"""Compares the answers of two versions (docs/decisions/0089-shadow-traffic.md).

Integers, strings and booleans are labels, which must be equal. Floats must be within the tolerance of the rollout.
Floats that are probabilities must rank the classes alike, because two models rarely give a class the same one.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import Any

from maas.domain.inference.outputs import Form, Output
from maas.domain.inference.packing import unpacked
from maas.domain.rollouts.tolerances import DEFAULT_TOLERANCE, Tolerance
from maas.domain.shadowing.shadows import Answered

# A class that live puts so far before another one must not be behind it.
LEAD = 0.05
# Probabilities are from 0 to 1 within the first, and those of a row add up to 1 within the second. A row of more
# numbers than the third is no list of classes.
_ROUNDED, _SUM, _CLASSES_MAX = 1e-6, 0.01, 1_000
# Elements of each answer that a disagreement shows, and characters of a string.
SHOWN_MAX, TEXT_MAX = 10, 100
_FLOATS = frozenset({"float", "double", "float16"})


class Kind(StrEnum):
    """How two answers disagree: shapes, labels, numbers or ranks differ."""

    SHAPE = "shape"
    LABEL = "label"
    NUMBER = "number"
    RANK = "rank"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """The first row of an output that disagrees, from 0, with at most SHOWN_MAX elements of each answer.

    Of answers of different shapes the elements are the lengths of the dimensions. NaN and infinities are None.
    """

    output: str
    kind: Kind
    row: int
    live: tuple[Any, ...]
    candidate: tuple[Any, ...]


def compared(
    live: Mapping[str, Answered], candidate: Mapping[str, Output], tolerance: Tolerance = DEFAULT_TOLERANCE
) -> Disagreement | None:
    """The first disagreement of the live outputs with the candidate's, which have the form RAW; None if there is none.

    Raises KeyError if the candidate lacks an output.
    """
    found = (_compared(name, answered, candidate[name], tolerance) for name, answered in live.items())
    return next((each for each in found if each), None)


def _compared(name: str, answered: Answered, other: Output, tolerance: Tolerance) -> Disagreement | None:
    shape = answered.output.shape
    if shape != other.shape:
        return Disagreement(name, Kind.SHAPE, 0, shape[:SHOWN_MAX], other.shape[:SHOWN_MAX])
    live, candidate = _elements(answered.form, answered.output), _elements(Form.RAW, other)
    width = math.prod(shape[1:]) if shape else 1
    kind, place = _difference(answered.output, live, candidate, tolerance)
    if kind is None:
        return None
    row = place // width
    # The part of a wide row that has the difference.
    start = place - (place - row * width) % SHOWN_MAX
    end = min(start + SHOWN_MAX, (row + 1) * width)
    return Disagreement(name, kind, row, _shown(live[start:end]), _shown(candidate[start:end]))


def _difference(
    output: Output, live: Sequence[Any], candidate: Sequence[Any], tolerance: Tolerance
) -> tuple[Kind | None, int]:
    """The kind of the first difference, None if there is none, and its place."""
    if output.dtype not in _FLOATS:
        return _first(Kind.LABEL, [a == b for a, b in zip(live, candidate, strict=True)])
    width = output.shape[-1] if len(output.shape) > 1 else 0
    if 2 <= width <= _CLASSES_MAX and _are_probabilities(live, width):
        starts = range(0, len(live), width)
        kind, row = _first(
            Kind.RANK, [_ranks_alike(live[at : at + width], candidate[at : at + width]) for at in starts]
        )
        return kind, row * width
    return _first(Kind.NUMBER, [_is_close(a, b, tolerance) for a, b in zip(live, candidate, strict=True)])


def _first(kind: Kind, agree: Sequence[bool]) -> tuple[Kind | None, int]:
    return (None, 0) if all(agree) else (kind, agree.index(False))


def _is_close(a: Any, b: Any, tolerance: Tolerance) -> bool:
    if not (_is_number(a) and _is_number(b)):
        return bool(a == b)
    return tolerance.agree(a, b)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _are_probabilities(elements: Sequence[Any], width: int) -> bool:
    if not elements or not all(_is_number(each) and -_ROUNDED <= each <= 1 + _ROUNDED for each in elements):
        return False
    return all(abs(math.fsum(elements[at : at + width]) - 1) <= _SUM for at in range(0, len(elements), width))


def _ranks_alike(live: Sequence[float], candidate: Sequence[Any]) -> bool:
    """Returns whether the candidate has no class behind one that live puts LEAD or more below it."""
    if not all(map(_is_number, candidate)):
        return False
    order = sorted(range(len(live)), key=lambda place: -live[place])
    ahead, lowest = 0, math.inf
    for place in order:
        while live[order[ahead]] - live[place] >= LEAD:
            lowest = min(lowest, candidate[order[ahead]])
            ahead += 1
        if candidate[place] > lowest:
            return False
    return True


def _elements(form: Form, output: Output) -> Sequence[Any]:
    """The elements in row-major order; NaN and infinities are None, as in JSON."""
    if form is Form.RAW:
        found: Sequence[Any] = unpacked(output.dtype, output.content)
        if output.dtype in _FLOATS and not all(map(math.isfinite, found)):
            return [each if math.isfinite(each) else None for each in found]
        return found
    parsed = json.loads(output.content)
    level: list[Any] = parsed if isinstance(parsed, list) else [parsed]
    if form is Form.NESTED:
        for _ in output.shape[1:]:
            level = [*chain.from_iterable(level)]
    return level


def _shown(elements: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(each[:TEXT_MAX] if isinstance(each, str) else each for each in elements)
