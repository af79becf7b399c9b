"""Checks nested lists against the shape of an input."""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

from maas.domain.catalog.versions import Tensor
from maas.domain.errors import InvalidInput, Rule

# Names an item of a value that a caller has sent, by its indices in the tensor; none of them mean the whole value.
Place = Callable[[Sequence[int]], str]


def depth(value: Any) -> int:
    """Levels of nested lists, counted along the first items."""
    levels = 0
    while isinstance(value, list):
        levels, value = levels + 1, value[0] if value else None
    return levels


def item_name(field: str, given: Any, indices: Sequence[int]) -> str:
    """The name of an item of nested lists, such as `features[1][3]`, without indices of lists that `given` lacks."""
    for index in indices:
        if not isinstance(given, list) or index >= len(given):
            break
        field, given = f"{field}[{index}]", given[index]
    return field


def indices_of(position: int, shape: Sequence[int]) -> tuple[int, ...]:
    """The indices of an element of a tensor, by its position in row-major order."""
    found: list[int] = []
    for size in reversed(shape):
        position, index = divmod(position, size)
        found.insert(0, index)
    return tuple(found)


def flattened(tensor: Tensor, value: Any, place: Place, innermost: str = "") -> tuple[tuple[int, ...], list[Any]]:
    """The shape and the elements, in row-major order, of nested lists.

    All lists of one level must have the same length. A free dimension may have the length 0, and so has each free
    dimension inside of it. `innermost` is what the message calls the items of the last dimension.

    Raises:
        InvalidInput: the lists do not have the tensor's shape. The field is the `place` of the first one that does not.
    """
    if depth(value) > len(tensor.shape):
        raise _wrong_rank(place(()), tensor)
    level: list[Any] = [value]
    shape: list[int] = []
    for axis, expected in enumerate(tensor.shape):
        if not all(isinstance(item, list) for item in level):
            raise _no_list(tensor, level, shape, place)
        words = innermost if innermost and axis == len(tensor.shape) - 1 else f"items in dimension {axis + 1}"
        lengths = set(map(len, level))
        if len(lengths) > 1 or (expected >= 0 and lengths and lengths != {expected}):
            raise _wrong_length(words, expected, level, shape, place)
        # There is no length if an outer dimension has the length 0.
        shape.append(lengths.pop() if lengths else max(expected, 0))
        level = list(chain.from_iterable(level))
    if any(isinstance(item, list | dict) for item in level):
        position = next(number for number, item in enumerate(level) if isinstance(item, list | dict))
        raise InvalidInput.of(place(indices_of(position, shape)), Rule.SHAPE, "expected one value")
    return tuple(shape), level


def _wrong_rank(field: str, tensor: Tensor) -> InvalidInput:
    rank = len(tensor.shape)
    nesting = {0: "one value", 1: "a list of values", 2: "a list of rows"}.get(rank, f"lists nested {rank} deep")
    return InvalidInput.of(field, Rule.SHAPE, f"expected {nesting}")


def _no_list(tensor: Tensor, level: list[Any], shape: Sequence[int], place: Place) -> InvalidInput:
    position = next(number for number, item in enumerate(level) if not isinstance(item, list))
    if position == 0:
        return _wrong_rank(place(()), tensor)
    return InvalidInput.of(place(indices_of(position, shape)), Rule.SHAPE, "expected a list, as before it")


def _wrong_length(words: str, expected: int, level: list[Any], shape: Sequence[int], place: Place) -> InvalidInput:
    usual = expected if expected >= 0 else len(level[0])
    position = next(number for number, item in enumerate(level) if len(item) != usual)
    field, got = place(indices_of(position, shape)), len(level[position])
    if expected >= 0:
        return InvalidInput.of(field, Rule.SHAPE, f"expected {expected} {words}, got {got}")
    return InvalidInput.of(field, Rule.SHAPE, f"expected as many {words} everywhere, got {usual}, {got}")
