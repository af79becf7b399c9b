"""Checks the values of a prediction against a version's signature."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from maas.domain import value_rules
from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.errors import InvalidInput, Rule
from maas.domain.tensor_rules import DTYPES, DType, Family

# A request of 6 MB holds more only if every number is very short.
ELEMENTS_MAX = 1_000_000

_JSON_TYPES: Mapping[Family, tuple[frozenset[type], str]] = {
    Family.FLOAT: (frozenset({int, float}), "numbers"),
    Family.INTEGER: (frozenset({int}), "whole numbers"),
    Family.BOOL: (frozenset({bool}), "booleans"),
    Family.STRING: (frozenset({str}), "strings"),
}


@dataclass(frozen=True, slots=True)
class Values:
    """The values of one input. `elements` are in row-major order."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    elements: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Feed:
    """The values of every input of a prediction.

    `field` is the request's field that they came in, `features` or `inputs`. `single` means one row instead of a list.
    """

    values: tuple[Values, ...]
    field: str
    single: bool

    def digest(self) -> str:
        """Hexadecimal SHA-256 of the values; equal for equal values that are written differently (5 and 5.0)."""
        canonical = [[v.name, v.dtype, v.shape, v.elements] for v in self.values]
        return hashlib.sha256(json.dumps(canonical, separators=(",", ":")).encode()).hexdigest()


def bind(signature: Signature, features: Any = None, inputs: Mapping[str, Any] | None = None) -> Feed:
    """The values for `signature`.

    They are given either as `features` (a row, or a list of rows, of a single input) or as `inputs` by name.

    Raises:
        InvalidInput: a value breaks a rule; the field is `features` or `inputs.<name>`.
    """
    if (features is None) == (inputs is None):
        raise InvalidInput.of("features", Rule.EXCLUSIVE, "send either features or inputs")
    if inputs is None:
        return _from_features(signature, features)
    if unknown := sorted(inputs.keys() - {tensor.name for tensor in signature.inputs}):
        raise InvalidInput.of(f"inputs.{unknown[0][:64]}", Rule.UNKNOWN, f"the model's inputs are {_names(signature)}")
    if missing := [tensor.name for tensor in signature.inputs if tensor.name not in inputs]:
        raise InvalidInput.of(f"inputs.{missing[0]}", Rule.REQUIRED, "the model needs this input")
    return Feed(
        tuple(_checked(f"inputs.{t.name}", t, inputs[t.name]) for t in signature.inputs), "inputs", single=False
    )


def _from_features(signature: Signature, features: Any) -> Feed:
    if len(signature.inputs) != 1:
        raise InvalidInput.of("features", Rule.SINGLE_INPUT, f"the model has several: send inputs {_names(signature)}")
    tensor = signature.inputs[0]
    rank, depth = len(tensor.shape), _depth(features)
    if rank > 1 and depth == rank - 1:
        return Feed((_checked("features", tensor, [features]),), "features", single=True)
    return Feed((_checked("features", tensor, features),), "features", single=rank <= 1)


def _names(signature: Signature) -> str:
    return ", ".join(tensor.name for tensor in signature.inputs)


def _depth(value: Any) -> int:
    """Levels of nested lists, counted along the first items."""
    depth = 0
    while isinstance(value, list):
        depth, value = depth + 1, value[0] if value else None
    return depth


def _checked(field: str, tensor: Tensor, value: Any) -> Values:
    shape, elements = _flatten(field, tensor, value)
    if len(elements) > ELEMENTS_MAX:
        raise InvalidInput.of(field, Rule.MAX_ITEMS, f"must have at most {ELEMENTS_MAX} values")
    dtype = DTYPES.get(tensor.dtype)
    if dtype is None:
        raise InvalidInput.of(field, Rule.DTYPE, f"values of type {tensor.dtype} can't be sent as JSON")
    allowed, words = _JSON_TYPES[dtype.family]
    if not allowed.issuperset(map(type, elements)):
        raise InvalidInput.of(field, Rule.TYPE, f"must be {words}")
    return Values(tensor.name, tensor.dtype, shape, tuple(_in_range(field, dtype, elements)))


def _flatten(field: str, tensor: Tensor, value: Any) -> tuple[tuple[int, ...], list[Any]]:
    """The shape and the flat elements of nested lists. All lists of one level must have the same length."""
    if _depth(value) != len(tensor.shape):
        raise _wrong_rank(field, tensor)
    level, shape = [value], []
    for axis, expected in enumerate(tensor.shape):
        if not all(isinstance(item, list) for item in level):
            raise _wrong_rank(field, tensor)
        lengths = set(map(len, level))
        shape.append(_length(field, tensor, axis, expected, lengths))
        level = list(chain.from_iterable(level))
    if any(isinstance(item, list | dict) for item in level):
        raise _wrong_rank(field, tensor)
    return tuple(shape), level


def _wrong_rank(field: str, tensor: Tensor) -> InvalidInput:
    rank = len(tensor.shape)
    nesting = {0: "one value", 1: "a list of values", 2: "a list of rows"}.get(rank, f"lists nested {rank} deep")
    return InvalidInput.of(field, Rule.SHAPE, f"expected {nesting}")


def _length(field: str, tensor: Tensor, axis: int, expected: int, lengths: set[int]) -> int:
    innermost = axis == len(tensor.shape) - 1
    words = "features" if field == "features" and innermost else f"items in dimension {axis + 1}"
    if lengths == {0}:
        raise InvalidInput.of(field, Rule.SHAPE, "must not be empty")
    if expected >= 0 and lengths != {expected}:
        wrong = min(lengths - {expected})
        raise InvalidInput.of(field, Rule.SHAPE, f"expected {expected} {words}, got {wrong}")
    if len(lengths) > 1:
        raise InvalidInput.of(
            field, Rule.SHAPE, f"expected as many {words} everywhere, got {min(lengths)}, {max(lengths)}"
        )
    return lengths.pop()


def _in_range(field: str, dtype: DType, elements: list[Any]) -> list[Any]:
    if dtype.family is Family.FLOAT:
        return _floats(field, elements, dtype.high)
    if dtype.family is Family.INTEGER and not all(dtype.low <= element <= dtype.high for element in elements):
        raise InvalidInput.of(field, Rule.RANGE, f"must be from {dtype.low} to {dtype.high}")
    if dtype.family is Family.STRING and not all(value_rules.is_unicode(element) for element in elements):
        raise InvalidInput.of(field, Rule.UNICODE, "must not have lone surrogates")
    return elements


def _floats(field: str, elements: list[Any], limit: float) -> list[float]:
    """The elements as floats.

    They are compared with `limit` before the conversion, because a large int overflows; NaN fails every comparison.
    """
    wrong = next((element for element in elements if not -limit <= element <= limit), None)
    if wrong is None:
        return [float(element) for element in elements]
    if isinstance(wrong, float) and (wrong != wrong or wrong in (float("inf"), float("-inf"))):
        raise InvalidInput.of(field, Rule.FINITE, "must be finite numbers")
    raise InvalidInput.of(field, Rule.RANGE, f"must be from {-limit} to {limit}")


def squeezed(value: Any) -> Any:
    """`value` without the lists of one item around it: `[[3.2]]` is `3.2`."""
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value
