"""The part of an answered prediction that is kept."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from maas.domain.catalog.version_settings import CLASS_NAMES, FEATURE_NAMES, SEGMENTS, SEGMENTS_MAX
from maas.domain.feedback.kept import (
    LABEL_MAX,
    NAMES_MAX,
    ROWS_MAX,
    SEGMENT_TEXT_MAX,
    Kept,
    KeptRow,
    named,
)
from maas.domain.feedback.scores import SCORED_MAX, bin_of, score_bins
from maas.domain.inference.outputs import Form, Output, Wanted
from maas.domain.inference.packing import item_size, unpacked
from maas.domain.inference.tensors import Values
from maas.domain.monitoring.predictions import Predicted

_FLOATS = frozenset({"float", "double", "float16"})
_CLASSES_MAX = 1_000
_ROUNDED = 1e-3


def kept(made: Predicted, key: str = "") -> Kept | None:
    """The kept part of a prediction; None if its first output has neither a label, a number nor scores for each row."""
    first, *others = made.wanted
    names = _names(made.version.metadata.get(CLASS_NAMES))
    count = _rows(made.outputs[first.name])
    rows = _answers(first, others, made.outputs, names, count)
    if not rows:
        return None
    segments = _segments(made, count)
    found = tuple(_with(row, segments.get(place, {})) for place, row in enumerate(rows))
    side = made.rollout
    return Kept(
        tenant_id=made.version.tenant_id,
        model_id=made.version.model_id,
        prediction_id=made.prediction_id,
        version=made.version.version,
        at=made.at,
        rows=found,
        key=key,
        rollout_id=side.rollout_id if side else "",
        side=str(side.side) if side else "",
        names=names,
    )


def _with(row: KeptRow, segments: Mapping[str, str]) -> KeptRow:
    return KeptRow(label=row.label, number=row.number, confidence=row.confidence, scores=row.scores, segments=segments)


def _rows(output: Output) -> int:
    return output.shape[0] if output.shape else 1


def _answers(
    first: Wanted, others: Sequence[Wanted], outputs: Mapping[str, Output], names: tuple[str, ...], count: int
) -> list[KeptRow]:
    output = outputs[first.name]
    width, kept_rows = math.prod(output.shape[1:]), min(count, ROWS_MAX)
    if output.dtype in _FLOATS and 2 <= width <= _CLASSES_MAX and len(output.shape) == 2:
        return [_of_scores(row, names) for row in _table(first, output, kept_rows)]
    if width != 1:
        return []
    values = [row[0] for row in _table(first, output, kept_rows)]
    if output.dtype in _FLOATS:
        return [KeptRow(number=value) for value in values] if all(map(_is_number, values)) else []
    scores = _scores(others, outputs, count)
    return [_of_label(value, scores[place] if scores else (), names) for place, value in enumerate(values)]


def _of_scores(scores: Sequence[Any], names: tuple[str, ...]) -> KeptRow:
    if not all(map(_is_number, scores)):
        return KeptRow()
    best = max(range(len(scores)), key=scores.__getitem__)
    return _of_label(best, scores, names)


def _of_label(label: Any, scores: Sequence[Any], names: tuple[str, ...]) -> KeptRow:
    if not scores or not all(map(_is_number, scores)):
        return KeptRow(label=named(label, names)[:LABEL_MAX])
    place = _place(label, scores, names)
    confidence = max(scores) if place is None else scores[place]
    bins = () if place is None else _bins(scores)
    return KeptRow(label=named(label, names)[:LABEL_MAX], confidence=_part(confidence), scores=bins)


def _place(label: Any, scores: Sequence[float], names: tuple[str, ...]) -> int | None:
    """The place of a label among its scores; None if it is not known.

    A model's whole numbers may be other ones than the places of its classes, such as 1 to 3. Without class names they
    are taken for places where they have the highest score.
    """
    if not isinstance(label, int):
        return names.index(label) if label in names[: len(scores)] else None
    if not 0 <= label < len(scores) or (not names and scores[label] < max(scores)):
        return None
    return label


def _bins(scores: Sequence[float]) -> tuple[int, ...]:
    """The bins of the classes' scores; none if they are too many, or no probabilities."""
    parts = [part for part in map(_part, scores) if part is not None]
    if len(parts) < len(scores) or not 2 <= len(scores) <= SCORED_MAX:
        return ()
    return tuple(bin_of(part, score_bins(len(parts))) for part in parts)


def _part(score: float) -> float | None:
    """A score that may be a probability; None for one that can't. Sums of rounded numbers are a little over 1."""
    if not -_ROUNDED <= score <= 1 + _ROUNDED:
        return None
    return min(1.0, max(0.0, score))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _scores(others: Sequence[Wanted], outputs: Mapping[str, Output], count: int) -> list[Sequence[Any]]:
    """The scores of each row, of the first output that can have them; nothing without one."""
    for wanted in others:
        output = outputs[wanted.name]
        shape = output.shape
        if output.dtype in _FLOATS and len(shape) == 2 and shape[0] == count and 2 <= shape[1] <= _CLASSES_MAX:
            return _table(wanted, output, min(count, ROWS_MAX))
    return []


def _table(wanted: Wanted, output: Output, rows: int) -> list[Sequence[Any]]:
    """The elements of the first rows, each a flat list."""
    width = math.prod(output.shape[1:])
    if wanted.form is Form.RAW:
        elements: Sequence[Any] = unpacked(output.dtype, output.content)
    else:
        elements = _flat(json.loads(output.content))
    return [elements[place * width : (place + 1) * width] for place in range(rows)]


def _flat(values: Any) -> list[Any]:
    if not isinstance(values, list):
        return [values]
    found: list[Any] = values
    while found and isinstance(found[0], list):
        found = [each for row in found for each in row]
    return found


def _names(found: Any) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found) or len(found) > NAMES_MAX:
        return ()
    return tuple(each[:LABEL_MAX] for each in found)


def _segments(made: Predicted, count: int) -> dict[int, dict[str, str]]:
    """The values of the columns that the version's metadata names, by row."""
    wanted = made.version.metadata.get(SEGMENTS)
    found: dict[int, dict[str, str]] = {}
    for name in wanted[:SEGMENTS_MAX] if isinstance(wanted, list) else ():
        for place, value in enumerate(_column(made, name, count)):
            found.setdefault(place, {})[name] = _text(value)
    return found


def _column(made: Predicted, name: Any, count: int) -> Sequence[Any]:
    """The values of a column in the kept rows; nothing if no input has it."""
    rows = min(count, ROWS_MAX)
    features = made.version.metadata.get(FEATURE_NAMES)
    for values in made.feed.values:
        width = math.prod(values.shape[1:])
        if not values.shape or values.shape[0] != count:
            continue
        if values.name == name and width == 1:
            return _first(values, rows)
        if isinstance(features, list) and name in features and width == len(features):
            return _first(values, rows * width)[features.index(name) :: width]
    return ()


def _first(values: Values, elements: int) -> Sequence[Any]:
    """The first elements of a tensor; the others are not decoded, unless they are texts."""
    if values.dtype == "string":
        return values.elements[:elements]
    return unpacked(values.dtype, bytes(values.data[: elements * item_size(values.dtype)]))


def _text(value: Any) -> str:
    return (f"{value:g}" if isinstance(value, float) else str(value))[:SEGMENT_TEXT_MAX]
