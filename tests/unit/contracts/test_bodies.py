"""The public bodies: request bodies are strict, and the contracts' limits are those of the domain."""

from typing import Any, get_args, get_type_hints

import pytest
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from maas.contracts import aliases as alias_bodies
from maas.contracts import inference as inference_bodies
from maas.contracts import uploads as upload_bodies
from maas.contracts.base import Answer, Body, Integer, PageAnswer
from maas.contracts.inference import DataframeSplit
from maas.contracts.models import CreateModel, PatchModel, ReplaceModel
from maas.contracts.uploads import StartUpload
from maas.contracts.versions import CreateVersion, PublishVersion
from maas.domain.catalog.aliases import PRODUCTION
from maas.domain.catalog.references import REFERENCE_MAX
from maas.domain.uploads.sessions import SIGN_MAX, START_SIGN_MAX


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


@pytest.mark.parametrize(
    ("body", "field"), [(body, field) for body in _subclasses(Body) for field in body.model_fields]
)
def test_null_is_no_value_of_any_field(body: type[Body], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        body.model_validate({field: None})

    (error,) = [each for each in caught.value.errors() if each["loc"] == (field,)]
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
    hints = get_type_hints(body, include_extras=True)
    integers = [hint for hint in hints.values() if hint is Integer or int in _types_in(hint) or hint is int]
    assert all(hint is Integer or Integer in get_args(hint) for hint in integers)


def _types_in(hint: Any) -> list[Any]:
    return [found for part in get_args(hint) if part is not Integer for found in (part, *_types_in(part))]


def _started(text: str) -> StartUpload:
    given = from_json(f'{{"version": "1.0.0", "filename": "a", "size": {text}, "part_size": {text}}}')
    return StartUpload.model_validate(given)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("3", 3), ("3.0", 3), ("1e+05", 100_000), ("-2E0", -2), ("9007199254740993", 2**53 + 1)],
)
def test_a_number_with_zero_fraction_is_an_integer(text: str, expected: int) -> None:
    started = _started(text)

    assert [started.size, started.part_size] == [expected] * 2
    assert type(started.size) is type(started.part_size) is int


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("3.5", "int_type"),
        ("1e400", "int_type"),
        ("NaN", "int_type"),
        ("9007199254740993.0", "whole_number"),
        ("true", "int_type"),
        ('"3"', "int_type"),
    ],
)
def test_other_values_are_not_integers(text: str, kind: str) -> None:
    with pytest.raises(ValidationError) as caught:
        _started(text)
    assert [each["type"] for each in caught.value.errors()] == [kind] * 2


def test_the_contracts_have_the_limits_of_the_domain() -> None:
    """Contracts import nothing of the domain, so that a client can ship them."""
    assert alias_bodies.PRODUCTION == PRODUCTION
    assert inference_bodies.REFERENCE_MAX == REFERENCE_MAX
    assert (upload_bodies.SIGN_MAX, upload_bodies.START_SIGN_MAX) == (SIGN_MAX, START_SIGN_MAX)


def test_the_last_page_has_no_cursor() -> None:
    page = PageAnswer[Answer](items=[], next_cursor=None)
    assert page.model_dump() == {"items": [], "next_cursor": None}
