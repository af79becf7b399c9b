"""Checks the values of a prediction against a version's signature."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.errors import InvalidInput, Rule
from maas.domain.inference import frames
from maas.domain.inference.elements import checked
from maas.domain.inference.frames import Split
from maas.domain.inference.nesting import Place, depth, flattened, indices_of, item_name
from maas.domain.inference.packing import packed, unpacked
from maas.domain.tensor_rules import DTYPES

ONE_OF = "send one of features, inputs, instances, dataframe_records and dataframe_split"
# Names an item of what a caller has sent for an input.
InputPlace = Callable[[Tensor, Sequence[int]], str]


@dataclass(frozen=True, slots=True)
class Values:
    """The values of one input. `data` has the elements as packing.py writes them; a missing number is NaN."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    data: bytes

    @property
    def elements(self) -> tuple[Any, ...]:
        """The elements in row-major order."""
        return unpacked(self.dtype, self.data)


@dataclass(frozen=True, slots=True)
class Feed:
    """The values of every input of a prediction.

    `field` is the request's field that they came in, such as `features`. `single` means one row instead of a list.
    """

    values: tuple[Values, ...]
    field: str
    single: bool

    @property
    def size(self) -> int:
        """The bytes of all values."""
        return sum(len(values.data) for values in self.values)

    def digest(self) -> str:
        """Hexadecimal SHA-256 of the values; equal for equal values that are written differently (5 and 5.0).

        Every missing number is the same NaN, so equal gaps have equal digests.
        """
        found = hashlib.sha256(repr([(values.name, values.dtype, values.shape) for values in self.values]).encode())
        for values in self.values:
            found.update(values.data)
        return found.hexdigest()


def bind(
    signature: Signature,
    features: Any = None,
    inputs: Mapping[str, Any] | None = None,
    *,
    instances: Sequence[Any] | None = None,
    records: Sequence[Any] | None = None,
    split: Split | None = None,
    feature_names: Any = None,
) -> Feed:
    """The values for `signature`, given in exactly one way.

    `features` is a row, a list of rows, a record or a list of records; `inputs` has values by the names of the inputs;
    `instances` are rows, or records; `records` and `split` are data frames. `feature_names` names the columns of a
    single wide input; anything but a list of as many names counts as none.

    Raises:
        InvalidInput: a value breaks a rule; the field is its place, such as `features[1][3]`, `inputs.<name>`,
            `instances[17]` or a cell of a data frame, `features[1].<name>`.
    """
    if sum(part is not None for part in (features, inputs, instances, records, split)) != 1:
        raise InvalidInput.of("features", Rule.EXCLUSIVE, ONE_OF)
    if inputs is not None:
        return _from_inputs(signature, inputs)
    if split is not None:
        return _from_frame(signature, "dataframe_split", split, feature_names)
    if records is not None:
        return _from_frame(signature, "dataframe_records", records, feature_names)
    if instances is not None:
        return _from_instances(signature, instances, feature_names)
    first = features[0] if isinstance(features, list) and features else features
    if isinstance(first, dict):
        return _from_frame(signature, "features", features, feature_names)
    return _from_features(signature, features)


def _from_features(signature: Signature, features: Any) -> Feed:
    if len(signature.inputs) != 1:
        raise InvalidInput.of("features", Rule.SINGLE_INPUT, f"several inputs, send them by name: {_names(signature)}")
    tensor = signature.inputs[0]
    rank = len(tensor.shape)
    if rank > 1 and features and depth(features) == rank - 1:
        row = _checked(tensor, [features], lambda at: item_name("features", features, at[1:]), "features")
        return Feed((row,), "features", single=True)
    rows = frames.as_values("features", tensor, features)
    values = _checked(tensor, rows, partial(item_name, "features", features), "features")
    # Of an input of one free dimension, each value is a row.
    is_list = tensor.shape == (-1,) and (values.shape != (1,) or rows is not features)
    return Feed((values,), "features", single=rank <= 1 and not is_list)


def _from_instances(signature: Signature, instances: Sequence[Any], feature_names: Any) -> Feed:
    """Rows as TensorFlow Serving and KServe's first protocol write them: a list of values, or of records."""
    if instances and isinstance(instances[0], dict):
        return _from_frame(signature, "instances", instances, feature_names)
    if len(signature.inputs) != 1:
        message = f"the model has several inputs: send records with {_names(signature)}"
        raise InvalidInput.of("instances", Rule.SINGLE_INPUT, message)
    tensor = signature.inputs[0]
    rows = frames.as_values("instances", tensor, instances)
    values = _checked(tensor, rows, partial(item_name, "instances", instances))
    return Feed((values,), "instances", single=False)


def _from_inputs(signature: Signature, inputs: Mapping[str, Any]) -> Feed:
    if unknown := sorted(inputs.keys() - {tensor.name for tensor in signature.inputs}):
        raise InvalidInput.of(f"inputs.{unknown[0][:64]}", Rule.UNKNOWN, f"the model's inputs are {_names(signature)}")
    if missing := [tensor.name for tensor in signature.inputs if tensor.name not in inputs]:
        raise InvalidInput.of(f"inputs.{missing[0]}", Rule.REQUIRED, "the model needs this input")
    if any(tensor.shape and not isinstance(inputs[tensor.name], list) for tensor in signature.inputs):
        rows = {tensor.name: frames.as_row(tensor, inputs[tensor.name]) for tensor in signature.inputs}
        return _rows_of("inputs", signature, rows, partial(_of_row, inputs), single=True)
    place = partial(_of_input, inputs)
    if all(tensor.shape[1:] != (1,) or depth(inputs[tensor.name]) > 1 for tensor in signature.inputs):
        return _feed("inputs", signature, inputs, place, single=False)
    rows = {tensor.name: frames.as_column(tensor, inputs[tensor.name]) for tensor in signature.inputs}
    return _rows_of("inputs", signature, rows, place, single=False)


def _of_input(inputs: Mapping[str, Any], tensor: Tensor, indices: Sequence[int]) -> str:
    return item_name(f"inputs.{tensor.name}", inputs[tensor.name], indices)


def _of_row(inputs: Mapping[str, Any], tensor: Tensor, indices: Sequence[int]) -> str:
    """as_row has put a list around the row, unless the input is a list of values."""
    return _of_input(inputs, tensor, indices[1:] if len(tensor.shape) > 1 else indices)


def _from_frame(signature: Signature, field: str, frame: Any, feature_names: Any) -> Feed:
    single = isinstance(frame, dict)
    if (names := frames.feature_names(signature, feature_names)) is not None:
        columns = frames.columns_of(field, frame, names)
        wide = [list(row) for row in zip(*columns.values(), strict=True)]
        return Feed((_checked(signature.inputs[0], wide, partial(_of_wide, field, frame, names)),), field, single)
    if frames.is_wide(signature) and not frames.names_only(frame, signature.inputs[0].name):
        message = "the model's columns have no names: send rows, or set feature_names in the version's metadata"
        raise InvalidInput.of(field, Rule.COLUMNS, message)
    columns = frames.columns_of(field, frame, [tensor.name for tensor in signature.inputs])
    rows = {tensor.name: frames.as_column(tensor, columns[tensor.name]) for tensor in signature.inputs}
    return _rows_of(field, signature, rows, lambda t, at: frames.cell_name(field, frame, t.name, at), single=single)


def _of_wide(field: str, frame: Any, names: Sequence[str], indices: Sequence[int]) -> str:
    if len(indices) < 2:  # the rows are made of columns, so they are all alike
        return field
    row, column, *inner = indices
    return frames.cell_name(field, frame, names[column], (row, *inner))


def _rows_of(field: str, signature: Signature, values: Mapping[str, Any], place: InputPlace, *, single: bool) -> Feed:
    """The feed of inputs that have one item for each row.

    Raises:
        InvalidInput: they do not have as many rows.
    """
    feed = _feed(field, signature, values, place, single=single)
    counts = [
        (values.name, values.shape[0])
        for tensor, values in zip(signature.inputs, feed.values, strict=True)
        if tensor.shape[:1] == (-1,)
    ]
    for name, count in counts[1:]:
        if count != counts[0][1]:
            message = f"expected {counts[0][1]} rows as in {counts[0][0]}, got {count}"
            raise InvalidInput.of(f"{field}.{name}", Rule.SHAPE, message)
    return feed


def _feed(field: str, signature: Signature, values: Mapping[str, Any], place: InputPlace, *, single: bool) -> Feed:
    return Feed(tuple(_checked(t, values[t.name], partial(place, t)) for t in signature.inputs), field, single)


def _names(signature: Signature) -> str:
    return ", ".join(tensor.name for tensor in signature.inputs)


def _checked(tensor: Tensor, value: Any, place: Place, innermost: str = "") -> Values:
    shape, elements = flattened(tensor, value, place, innermost)
    dtype = DTYPES.get(tensor.dtype)
    if dtype is None:
        raise InvalidInput.of(place(()), Rule.DTYPE, f"values of type {tensor.dtype} can't be sent as JSON")
    good = checked(lambda position: place(indices_of(position, shape)), dtype, elements)
    return Values(tensor.name, tensor.dtype, shape, packed(tensor.dtype, good))


def squeezed(value: Any) -> Any:
    """`value` without the lists of one item around it: `[[3.2]]` is `3.2`."""
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value
