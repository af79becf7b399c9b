"""Checks the elements of one input: their JSON types, and the range of the input's element type."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from maas.domain import value_rules
from maas.domain.errors import InvalidInput, Rule
from maas.domain.non_finite import NonFinite
from maas.domain.tensor_rules import DType, Family

# From here on several whole numbers are the same double (IEEE 754; RFC 8259, 6), and a parser has chosen one already.
_EXACT_BELOW = 2.0**53
_NONE = type(None)


def checked(
    place: Callable[[int], str], dtype: DType, elements: Sequence[Any], *, finite: bool = True
) -> Sequence[Any]:
    """The elements as Python's numbers, booleans or strings of the type.

    A number with a zero fraction is a whole number (JSON Schema 2020-12, 6.1.1), and null is NaN in a float input.
    NonFinite numbers are refused, or taken in float inputs unless they must be `finite`. All other numbers must be in
    the type's range (docs/decisions/0120-numbers-that-a-type-cannot-hold.md).

    Raises:
        InvalidInput: an element breaks a rule. The field is the `place` of the first one.
    """
    try:
        return _checked("", dtype, elements, finite)
    except InvalidInput:
        position = _first_refused(dtype, elements, finite)
        _checked(place(position), dtype, elements[position : position + 1], finite)
        raise


def _first_refused(dtype: DType, elements: Sequence[Any], finite: bool) -> int:
    """The position of the first element that breaks a rule. Halves are checked at once, since there may be millions."""
    start, end = 0, len(elements)
    while end - start > 1:
        middle = (start + end) // 2
        try:
            _checked("", dtype, elements[start:middle], finite)
            start = middle
        except InvalidInput:
            end = middle
    return start


def _checked(field: str, dtype: DType, elements: Sequence[Any], finite: bool) -> Sequence[Any]:
    kinds = set(map(type, elements))
    if dtype.family is Family.FLOAT:
        if finite:
            _check_finite(field, kinds, "; a missing value is null")
        return _floats(field, dtype, elements, kinds)
    if dtype.family is Family.INTEGER:
        _check_finite(field, kinds)
        return _integers(field, dtype, elements, kinds)
    if dtype.family is Family.BOOL:
        return _of_type(field, elements, kinds, {bool}, "true or false")
    strings = _of_type(field, elements, kinds, {str}, "a string")
    if not value_rules.is_unicode("".join(strings)):  # at once, since there may be millions
        raise InvalidInput.of(field, Rule.UNICODE, "must not have lone surrogates")
    return strings


def _of_type(field: str, elements: Sequence[Any], kinds: set[type], allowed: set[type], words: str) -> Sequence[Any]:
    if kinds <= allowed:
        return elements
    hint = "; null is a missing value in float inputs only" if _NONE in kinds - allowed else ""
    raise InvalidInput.of(field, Rule.TYPE, f"must be {words}{hint}")


def _check_finite(field: str, kinds: set[type], hint: str = "") -> None:
    if NonFinite in kinds:
        raise InvalidInput.of(field, Rule.FINITE, f"must be a finite number{hint}")


def _floats(field: str, dtype: DType, elements: Sequence[Any], kinds: set[type]) -> Sequence[float]:
    _of_type(field, elements, kinds, {int, float, NonFinite, _NONE}, "a number, or null for a missing value")
    has_others = not kinds.isdisjoint({NonFinite, _NONE})
    given = [each for each in elements if type(each) in (int, float)] if has_others else elements
    try:
        numbers = list(map(float, given))
    except OverflowError:
        raise _out_of_range(field, dtype) from None
    _check_range(field, dtype, numbers)
    return [math.nan if each is None else float(each) for each in elements] if has_others else numbers


def _integers(field: str, dtype: DType, elements: Sequence[Any], kinds: set[type]) -> Sequence[int]:
    _of_type(field, elements, kinds, {int, float}, "a whole number")
    numbers = [_whole(field, dtype, element) for element in elements] if float in kinds else elements
    _check_range(field, dtype, numbers)
    return numbers


def _whole(field: str, dtype: DType, number: float) -> int:
    if isinstance(number, int):
        return number
    if math.isinf(number):
        raise _out_of_range(field, dtype)
    if not number.is_integer():
        raise InvalidInput.of(field, Rule.TYPE, "must be a whole number")
    if abs(number) >= _EXACT_BELOW:
        message = "a whole number from 2^53 on must be written in digits alone, without fraction and exponent"
        raise InvalidInput.of(field, Rule.RANGE, message)
    return int(number)


def _check_range(field: str, dtype: DType, numbers: Sequence[float]) -> None:
    if numbers and (min(numbers) < dtype.low or max(numbers) > dtype.high):
        raise _out_of_range(field, dtype)


def _out_of_range(field: str, dtype: DType) -> InvalidInput:
    return InvalidInput.of(field, Rule.RANGE, f"must be from {dtype.low} to {dtype.high}")
