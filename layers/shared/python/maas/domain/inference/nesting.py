"""Checks nested lists against the shape of an input."""

from itertools import chain
from typing import Any

from maas.domain.catalog.versions import Tensor
from maas.domain.errors import InvalidInput, Rule


def depth(value: Any) -> int:
    """Levels of nested lists, counted along the first items."""
    levels = 0
    while isinstance(value, list):
        levels, value = levels + 1, value[0] if value else None
    return levels


def flattened(field: str, tensor: Tensor, value: Any) -> tuple[tuple[int, ...], list[Any]]:
    """The shape and the elements, in row-major order, of nested lists.

    All lists of one level must have the same length. A free dimension may have the length 0, and so has each free
    dimension inside of it.

    Raises:
        InvalidInput: the lists do not have the tensor's shape.
    """
    if depth(value) > len(tensor.shape):
        raise _wrong_rank(field, tensor)
    level, shape = [value], []
    for axis, expected in enumerate(tensor.shape):
        if not all(isinstance(item, list) for item in level):
            raise _wrong_rank(field, tensor)
        shape.append(_length(field, tensor, axis, expected, set(map(len, level))))
        level = list(chain.from_iterable(level))
    if any(isinstance(item, list | dict) for item in level):
        raise _wrong_rank(field, tensor)
    return tuple(shape), level


def _wrong_rank(field: str, tensor: Tensor) -> InvalidInput:
    rank = len(tensor.shape)
    nesting = {0: "one value", 1: "a list of values", 2: "a list of rows"}.get(rank, f"lists nested {rank} deep")
    return InvalidInput.of(field, Rule.SHAPE, f"expected {nesting}")


def _length(field: str, tensor: Tensor, axis: int, expected: int, lengths: set[int]) -> int:
    """`lengths` is empty if an outer dimension has the length 0."""
    if not lengths:
        return max(expected, 0)
    innermost = axis == len(tensor.shape) - 1
    words = "features" if field == "features" and innermost else f"items in dimension {axis + 1}"
    if expected >= 0 and lengths != {expected}:
        wrong = min(lengths - {expected})
        raise InvalidInput.of(field, Rule.SHAPE, f"expected {expected} {words}, got {wrong}")
    if len(lengths) > 1:
        raise InvalidInput.of(
            field, Rule.SHAPE, f"expected as many {words} everywhere, got {min(lengths)}, {max(lengths)}"
        )
    return lengths.pop()
