"""The client's answers have the fields and types that docs/openapi.json says."""

import json
from functools import cache
from typing import Any

import pytest
from pydantic import BaseModel

from local.paths import ROOT
from maas_client import answers
from tests.unit.client.test_answers import CONTRACTS


@cache
def _schemas() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "docs" / "openapi.json").read_text())["components"]["schemas"]
    return found


def _types(schema: Any, definitions: dict[str, Any]) -> Any:
    """The types of a schema: of an object its fields by name, of a list its items, of an alternative each of them."""
    if reference := schema.get("$ref"):
        return _types(definitions[reference.rpartition("/")[2]], definitions)
    if "anyOf" in schema:
        return sorted((_types(each, definitions) for each in schema["anyOf"]), key=repr)
    if "properties" in schema:
        return {name: _types(each, definitions) for name, each in schema["properties"].items()}
    if "items" in schema:
        return [_types(schema["items"], definitions)]
    return schema.get("format", schema.get("type", "string" if "const" in schema else "any"))


def _differences(kind: type[BaseModel], document: dict[str, Any]) -> Any:
    ours = kind.model_json_schema(mode="serialization")
    found, expected = _types(ours, ours.get("$defs", {})), _types(document, _schemas())
    return {name: (found.get(name), expected.get(name)) for name in found.keys() ^ expected.keys()} | {
        name: (found[name], expected[name]) for name in found.keys() & expected.keys() if found[name] != expected[name]
    }


@pytest.mark.parametrize("name", CONTRACTS)
def test_an_answer_has_the_fields_and_types_of_the_document(name: str) -> None:
    assert _differences(getattr(answers, name), _schemas()[CONTRACTS[name].__name__]) == {}


def test_the_comparison_sees_a_field_of_another_type_and_one_that_is_missing() -> None:
    changed = json.loads(json.dumps(_schemas()["AliasAnswer"]))
    changed["properties"]["revision"] = {"type": "string"}
    del changed["properties"]["moved_at"]
    assert _differences(answers.Alias, changed) == {
        "revision": ("integer", "string"),
        "moved_at": ("date-time", None),
    }
