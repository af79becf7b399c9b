"""The public bodies: request bodies are strict, and the contracts' limits are those of the domain."""

import importlib
import pkgutil
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest
from pydantic import BaseModel, ValidationError

from maas import contracts
from maas.contracts.base import Body, Integer
from maas.contracts.inference import DataframeSplit
from maas.contracts.models import CreateModel, PatchModel, ReplaceModel
from maas.contracts.uploads import StartUpload
from maas.contracts.versions import CreateVersion, PublishVersion

_MANY = 20_000
_WHOLE = get_args(Integer)[1]
for module in pkgutil.iter_modules(contracts.__path__, "maas.contracts."):
    importlib.import_module(module.name)  # all bodies are known


def _subclasses(kind: type[BaseModel]) -> list[type[BaseModel]]:
    return [found for child in kind.__subclasses__() for found in (child, *_subclasses(child))]


@pytest.mark.parametrize("body", _subclasses(Body))
def test_every_request_body_is_strict_and_refuses_unknown_fields(body: type[BaseModel]) -> None:
    assert (body.model_config["strict"], body.model_config["extra"]) == (True, "forbid")


@pytest.mark.parametrize(
    ("body", "given"),
    [
        (CreateModel, {"name": "a"}),
        (CreateModel, {"name": "a", "framework": "onnx", "is_public": "yes"}),
        (ReplaceModel, {"name": "a", "framework": "onnx", "version": "1.0.0"}),
        (PatchModel, {"name": None}),
        (PatchModel, {"status": "ready"}),
        (CreateVersion, {"version": 1}),
        (CreateVersion, {"version": "1.0.0", "metadata": None}),
    ],
)
def test_a_body_with_a_wrong_field_is_refused(body: type[Body], given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        body.model_validate(given)


@pytest.mark.parametrize("body", _subclasses(Body))
def test_a_body_breaks_few_rules_however_many_wrong_items_it_has(body: type[Body]) -> None:
    names = [field.alias or name for name, field in body.model_fields.items()]
    wrong: list[Any] = [0, [], {}, "", {"a": 0}]
    many = [{str(number): item for number in range(_MANY)} for item in wrong[:2]]
    values = [*many, *[[item] * _MANY for item in wrong]]
    for given in [*many, *({name: value} for name in names for value in values)]:
        assert _errors(body, given) < _MANY / 10
    assert _errors(body, many[0]) > 0


def _errors(body: type[Body], given: Any) -> int:
    try:
        body.model_validate(given)
    except ValidationError as error:
        return error.error_count()
    return 0


@pytest.mark.parametrize(
    ("body", "field"), [(body, field) for body in _subclasses(Body) for field in body.model_fields]
)
def test_null_is_no_value_of_any_field(body: type[Body], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        body.model_validate({(name := body.model_fields[field].alias or field): None})

    (error,) = [each for each in caught.value.errors() if each["loc"] == (name,)]
    may_be_left_out = not body.model_fields[field].is_required()
    assert error["type"] == "not_null"
    assert error["msg"] == "must not be null" + ("; leave it out" if may_be_left_out else "")


@pytest.mark.parametrize("index", [[0, 1], ["a"], "zzz", None, {"start": 0}, 1.5])
def test_the_index_of_a_data_frame_is_ignored_whatever_it_is(index: Any) -> None:
    split = DataframeSplit.model_validate({"columns": ["a"], "data": [[1]], "index": index})
    assert split.model_dump() == {"columns": ["a"], "data": [[1]]}


@pytest.mark.parametrize("value", [[], "x", {"columns": ["a"]}, {"columns": ["a"], "data": [[1]], "indexes": [0]}])
def test_other_fields_of_a_data_frame_are_checked(value: Any) -> None:
    with pytest.raises(ValidationError):
        DataframeSplit.model_validate(value)


@pytest.mark.parametrize("value", [1, 0, "true", "True", "yes", "on", "1", [], 1.0])
def test_a_truth_value_of_a_body_is_json_s(value: Any) -> None:
    bodies: list[tuple[type[Body], dict[str, Any]]] = [
        (CreateModel, {"name": "a", "framework": "onnx", "is_public": value}),
        (PatchModel, {"is_public": value}),
        (PublishVersion, {"force": value}),
        (StartUpload, {"version": "1.0.0", "filename": "a", "size": 1, "replace": value}),
    ]
    for body, given in bodies:
        with pytest.raises(ValidationError, match="bool"):
            body.model_validate(given)


@pytest.mark.parametrize("body", _subclasses(Body))
def test_every_integer_of_a_body_may_have_a_zero_fraction(body: type[Body]) -> None:
    """A bare `int` would refuse 1e5, which is an integer (JSON Schema 2020-12, 6.1.1)."""
    assert [name for name, hint in get_type_hints(body, include_extras=True).items() if _is_bare(hint)] == []


def _is_bare(hint: Any) -> bool:
    """Returns whether a type has an `int` that neither Integer nor a union with `float` lets be written as 1e5."""
    parts = get_args(hint)
    if get_origin(hint) is Annotated:
        return _WHOLE not in parts[1:] and _is_bare(parts[0])
    if int in parts and float in parts:
        return any(_is_bare(part) for part in parts if part is not int)
    return hint is int or any(_is_bare(part) for part in parts)
