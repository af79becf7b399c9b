"""Each error that pydantic finds in a body has words and a rule of this API."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from maas import contracts
from maas.domain.errors import Rule
from maas.web.field_rules import PYDANTIC_RULES, rule_of, words_of

_WRONG: tuple[Any, ...] = (
    None, True, 7, -1, 10**40, 1.5, float("nan"), float("inf"), "", "x", "x" * 100_000, "\ud800", b"x", [], {},
    [None], [7] * 2_000, ["x"] * 2_000, {"x": 1}, [[]], [{}],
)  # fmt: skip
_PYDANTIC = ("Input", "Field", "Extra", "List", "String", "Value error", "Unable", "Object", "Dictionary", "Tuple")


def _models() -> Iterator[type[BaseModel]]:
    for found in pkgutil.walk_packages(contracts.__path__, "maas.contracts."):
        for _, each in inspect.getmembers(importlib.import_module(found.name), inspect.isclass):
            if issubclass(each, BaseModel) and each.__module__ == found.name:
                yield each


def _errors(model: type[BaseModel]) -> Iterator[Any]:
    names = [field.alias or name for name, field in model.model_fields.items()]
    bodies = [*_WRONG, {"no such field": 1}, *({name: value} for name in names for value in _WRONG)]
    for body in bodies:
        try:
            model.model_validate(body)
        except ValidationError as error:
            yield from error.errors()[:50]


@pytest.mark.parametrize("model", [*_models()], ids=lambda model: model.__qualname__)
def test_wrong_values_are_told_in_our_own_words(model: type[BaseModel]) -> None:
    found = {str(error["type"]): words_of(error) for error in _errors(model)}
    assert found
    assert not {kind: words for kind, words in found.items() if words.startswith(_PYDANTIC) or "{" in words}
    assert not {kind for kind, words in found.items() if words == "is not valid here"}
    assert not {kind for kind in found if rule_of(kind) == Rule.INVALID}


def test_words_have_the_limit() -> None:
    error = {"type": "too_long", "msg": "List should have at most 3 items", "ctx": {"max_length": 3}}
    assert words_of(error) == "must have at most 3 item(s)"
    assert (
        words_of({"type": "literal_error", "msg": "Input", "ctx": {"expected": "'a' or 'b'"}}) == "must be 'a' or 'b'"
    )


def test_the_contracts_own_words_stay() -> None:
    assert words_of({"type": "int_parsing", "msg": "must be 1 digit"}) == "must be 1 digit"


def test_an_error_of_a_later_pydantic_is_told_without_its_words() -> None:
    assert words_of({"type": "a_later_one", "msg": "Input should be secret"}) == "is not valid here"


def test_each_rule_has_words() -> None:
    assert all(words for _, words in PYDANTIC_RULES.values())
