"""Captured predictions: what is taken of an answered one, without redacted inputs, and the line that is stored."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from maas.domain.capturing.captures import Capture
from maas.domain.catalog.versions import Version
from maas.domain.inference.outputs import Form, Output
from maas.domain.inference.packing import item_size, packed, unpacked
from maas.domain.inference.tensors import Feed, Values
from maas.domain.monitoring.columns import column_names
from maas.domain.monitoring.predictions import Predicted

# Codes of memoryview for elements that are moved and not read, by their bytes.
_CODES: dict[int, Literal["B", "H", "I", "Q"]] = {1: "B", 2: "H", 4: "I", 8: "Q"}


@dataclass(frozen=True, slots=True)
class Taken:
    """Columns of the input `tensor`: whole rows of `names`, or one of them. `data` is as packing.py writes it."""

    tensor: str
    names: tuple[str, ...]
    dtype: str
    rows: int
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """One prediction that is to be stored; `outputs` are empty unless they are asked for."""

    tenant_id: str
    model_id: str
    prediction_id: str
    version: str
    at: float
    rollout_id: str
    side: str
    keep_days: int
    inputs: tuple[Taken, ...]
    outputs: tuple[tuple[str, Form, Output], ...]

    @property
    def size(self) -> int:
        """The bytes of its values."""
        return sum(len(each.data) for each in self.inputs) + sum(len(each.content) for *_, each in self.outputs)


def redactable(version: Version) -> frozenset[str]:
    """The names of a version's inputs, and of their features."""
    found = column_names(version)
    return frozenset({tensor.name for tensor, _ in found}.union(*(names for _, names in found)))


def captured(made: Predicted, capture: Capture) -> Captured | None:
    """What is stored of a prediction. No redacted value is in it.

    None if the version has not all redacted names: the same values may have other names there.
    """
    inputs = _inputs(made, frozenset(capture.redact))
    if inputs is None:
        return None
    side = made.rollout
    return Captured(
        tenant_id=made.version.tenant_id,
        model_id=made.version.model_id,
        prediction_id=made.prediction_id,
        version=made.version.version,
        at=made.at,
        rollout_id=side.rollout_id if side else "",
        side=str(side.side) if side else "",
        keep_days=capture.keep_days,
        inputs=inputs,
        outputs=tuple((each.name, each.form, made.outputs[each.name]) for each in made.wanted)
        if capture.outputs
        else (),
    )


def first_rows(made: Predicted, rows: int) -> Predicted:
    """The prediction with its first `rows` rows, if all inputs have one number of rows, and more of them.

    Outputs with as many items are cut with them; others stay as they are.
    """
    counts = {values.shape[0] if values.shape else 1 for values in made.feed.values}
    count = counts.pop() if len(counts) == 1 else 0
    if count <= rows:
        return made
    feed = Feed(tuple(_cut(values, rows) for values in made.feed.values), made.feed.field, single=False)
    forms = {each.name: each.form for each in made.wanted}
    outputs = {
        name: _cut_output(output, forms.get(name, Form.RAW), rows) if output.shape[:1] == (count,) else output
        for name, output in made.outputs.items()
    }
    return replace(made, feed=feed, outputs=outputs)


def _cut(values: Values, rows: int) -> Values:
    width = math.prod(values.shape[1:])
    return replace(values, shape=(rows, *values.shape[1:]), data=_start(values.dtype, values.data, rows * width))


def _cut_output(output: Output, form: Form, rows: int) -> Output:
    count = rows * math.prod(output.shape[1:])
    if form is Form.RAW:
        content = _start(output.dtype, output.content, count)
    else:
        content = json.dumps(json.loads(output.content)[: rows if form is Form.NESTED else count]).encode()
    return replace(output, content=content, shape=(rows, *output.shape[1:]))


def _start(dtype: str, data: bytes, count: int) -> bytes:
    """The first `count` elements."""
    if dtype == "string":
        return packed(dtype, unpacked(dtype, data)[:count])
    return data[: count * item_size(dtype)]


def _inputs(made: Predicted, redact: frozenset[str]) -> tuple[Taken, ...] | None:
    given = {values.name: values for values in made.feed.values}
    found, seen = list[Taken](), set[str]()
    for tensor, names in column_names(made.version):
        hidden = redact & {tensor.name, *names}
        seen |= hidden
        if tensor.name in hidden or (values := given.get(tensor.name)) is None:
            continue
        rows = values.shape[0] if values.shape else 1
        if not hidden:
            found.append(Taken(tensor.name, names, values.dtype, rows, values.data))
        elif math.prod(values.shape) != rows * len(names):  # a free width: nobody knows which column is which
            return None
        else:
            found += _kept_columns(values, names, rows, hidden)
    return tuple(found) if seen == redact else None


def _kept_columns(values: Values, names: Sequence[str], rows: int, hidden: frozenset[str]) -> Iterator[Taken]:
    width, texts = len(names), values.elements if values.dtype == "string" else ()
    elements = None if texts else memoryview(values.data).cast(_CODES[item_size(values.dtype)])
    for place, name in enumerate(names):
        if name not in hidden:
            data = packed("string", texts[place::width]) if elements is None else elements[place::width].tobytes()
            yield Taken(values.name, (name,), values.dtype, rows, data)


def line(found: Captured) -> str:
    """The record as JSON, without a line break. Missing and infinite numbers are null."""
    record = {
        "prediction_id": found.prediction_id,
        "time": datetime.fromtimestamp(found.at, UTC).isoformat(timespec="milliseconds"),
        "version": found.version,
        "rollout_id": found.rollout_id or None,
        "side": found.side or None,
        "inputs": {name: column for each in found.inputs for name, column in _columns(each)},
    }
    if found.outputs:
        record["outputs"] = {name: _answered(form, output) for name, form, output in found.outputs}
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False)


def _columns(taken: Taken) -> Iterator[tuple[str, list[Any]]]:
    elements, width = [*map(_finite, unpacked(taken.dtype, taken.data))], len(taken.names)
    if width > 1 and len(elements) == taken.rows * width:
        yield from ((name, elements[place::width]) for place, name in enumerate(taken.names))
    else:
        yield taken.names[0] if width == 1 else taken.tensor, _by_row(elements, taken.rows)


def _by_row(elements: list[Any], rows: int) -> list[Any]:
    """One item for each row: its value, or the list of its values if it has several."""
    width = len(elements) // rows if rows else 1
    if width <= 1:
        return elements
    return [elements[place * width : (place + 1) * width] for place in range(rows)]


def _answered(form: Form, output: Output) -> list[Any]:
    raw = form is Form.RAW
    elements = unpacked(output.dtype, output.content) if raw else tuple(_flat(json.loads(output.content)))
    return _by_row([*map(_finite, elements)], output.shape[0] if output.shape else 1)


def _flat(values: Any) -> Iterator[Any]:
    if not isinstance(values, list):
        yield values
        return
    for each in values:
        yield from _flat(each)


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
