"""Tensors that a caller gives with name, datatype and shape, as the Open Inference Protocol has them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.errors import InvalidInput, Rule
from maas.domain.inference.datatypes import datatype_of
from maas.domain.inference.elements import checked
from maas.domain.inference.nesting import indices_of, item_name
from maas.domain.inference.packing import item_size, packed, texts
from maas.domain.inference.tensors import Feed, Values
from maas.domain.tensor_rules import DTYPES, EMPTY_MAX

FIELD = "inputs"
# A shape in a message has at most so many dimensions.
_SHOWN = 16
# A message has no larger number of elements.
_COUNT_SHOWN = 2**80


@dataclass(frozen=True, slots=True)
class GivenTensor:
    """One input. `data` has its elements in row-major order, flat or nested; or their bytes, as packing.py has them."""

    name: str
    datatype: str
    shape: Sequence[int]
    data: Sequence[Any] | bytes


def bound(signature: Signature, given: Sequence[GivenTensor]) -> Feed:
    """The values for `signature`. Floats may be NaN and infinite.

    Raises:
        InvalidInput: a tensor breaks a rule; the field is `inputs`, or a part of `inputs[<position>]`.
    """
    known = {tensor.name: tensor for tensor in signature.inputs}
    found: dict[str, Values] = {}
    for position, each in enumerate(given):
        field = f"{FIELD}[{position}]"
        if each.name not in known:
            raise InvalidInput.of(f"{field}.name", Rule.UNKNOWN, f"the model's inputs are {', '.join(known)}")
        if each.name in found:
            raise InvalidInput.of(f"{field}.name", Rule.REPEATED, "must be given once")
        found[each.name] = _values(field, known[each.name], each)
    if missing := [name for name in known if name not in found]:
        raise InvalidInput.of(FIELD, Rule.REQUIRED, f"the model needs {', '.join(missing)} too")
    return Feed(tuple(found[name] for name in known), FIELD, single=False)


def _values(field: str, tensor: Tensor, given: GivenTensor) -> Values:
    datatype = datatype_of(tensor.dtype)
    if tensor.dtype not in DTYPES:
        raise InvalidInput.of(f"{field}.datatype", Rule.DTYPE, f"the model takes {datatype}, which can't be sent")
    if given.datatype != datatype:
        message = f"expected {datatype}, got {given.datatype[:16]}"
        raise InvalidInput.of(f"{field}.datatype", Rule.DTYPE, message)
    _check_shape(f"{field}.shape", tensor, given.shape)
    shape, count = tuple(given.shape), math.prod(given.shape)
    if isinstance(given.data, bytes):
        return Values(
            tensor.name, tensor.dtype, shape, _checked_bytes(f"{field}.data", tensor.dtype, count, given.data)
        )
    elements = _flat(f"{field}.data", given.shape, given.data)
    if len(elements) != count:
        raise InvalidInput.of(f"{field}.data", Rule.SHAPE, f"expected {_shown(count)} values, got {len(elements)}")
    # The elements of a flat list are the list's own.
    inner = (count,) if elements is given.data else shape
    place = partial(_place, f"{field}.data", given.data, inner)
    good = checked(place, DTYPES[tensor.dtype], elements, finite=False)
    return Values(tensor.name, tensor.dtype, shape, packed(tensor.dtype, good))


def _place(field: str, data: Sequence[Any], shape: Sequence[int], position: int) -> str:
    return item_name(field, data, indices_of(position, shape))


def _check_shape(field: str, tensor: Tensor, shape: Sequence[int]) -> None:
    if len(shape) != len(tensor.shape):
        raise InvalidInput.of(field, Rule.SHAPE, f"expected {len(tensor.shape)} dimensions, got {len(shape)}")
    for size, expected in zip(shape, tensor.shape, strict=True):
        if size < 0 or size != expected >= 0:
            rule = "where -1 is any length, got" if size >= 0 else "with a length of 0 or more for each -1, got"
            message = f"expected {[*tensor.shape]}, {rule} {[*shape[:_SHOWN]]}"
            raise InvalidInput.of(field, Rule.SHAPE, message)
    if 0 in shape and math.prod(size for size in shape if size) > EMPTY_MAX:
        message = f"the lengths beside 0 must multiply to at most {EMPTY_MAX}"
        raise InvalidInput.of(field, Rule.RANGE, message)


def _shown(count: int) -> str:
    """A number in a message. Python writes none of more than 4,300 digits, which the product of a shape may have."""
    return str(count) if count <= _COUNT_SHOWN else f"more than {_COUNT_SHOWN}"


def _flat(field: str, shape: Sequence[int], data: Sequence[Any]) -> Sequence[Any]:
    """The elements of a flat list, or of lists that are nested as the shape is."""
    level = data
    if not any(isinstance(item, list) for item in level):
        return level
    for axis, length in enumerate(shape):
        lists = [level] if axis == 0 else level
        if not all(isinstance(item, list) and len(item) == length for item in lists):
            raise InvalidInput.of(field, Rule.SHAPE, "expected one flat list, or lists nested as the shape is")
        level = [*chain.from_iterable(lists)]
    return level


def _checked_bytes(field: str, dtype: str, count: int, data: bytes) -> bytes:
    """`data`, if it is the bytes of `count` elements."""
    if dtype == "string":
        return _checked_texts(field, count, data)
    if len(data) != (expected := count * item_size(dtype)):
        raise InvalidInput.of(field, Rule.SIZE, f"expected {_shown(expected)} bytes, got {len(data)}")
    if dtype == "bool" and data.translate(None, b"\x00\x01"):
        raise InvalidInput.of(field, Rule.RANGE, "a byte of BOOL is 0 or 1")
    return data


def _checked_texts(field: str, count: int, data: bytes) -> bytes:
    try:
        found = texts(data)
    except ValueError:
        message = "each string of BYTES has its length in front, as 4 bytes, little-endian"
        raise InvalidInput.of(field, Rule.SIZE, message) from None
    if len(found) != count:
        raise InvalidInput.of(field, Rule.SIZE, f"expected {_shown(count)} strings, got {len(found)}")
    check_texts(field, found)
    return data


def check_texts(field: str, texts: Iterable[bytes]) -> None:
    """Raises InvalidInput if a string is not UTF-8, which models take alone."""
    try:
        # Decoded at once, since there may be millions. An ASCII byte between them is no part of a character of several.
        b"\0".join(texts).decode()
    except UnicodeDecodeError:
        raise InvalidInput.of(field, Rule.UNICODE, "strings must be UTF-8") from None
