"""Schemas of bodies and answers, as strict as the server is."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tools.openapi_document.fields import FIELDS, JSON_VALUE, RULES
from tools.openapi_document.problems import PROBLEM
from tools.openapi_document.values import optional

_PAGE = re.compile(r"(Counted)?PageAnswer_(\w+?)(Answer)?_$")
_NULL = {"type": "null"}
# Fields that some answers lack. Others are null instead.
_LEFT_OUT: Mapping[str, set[str]] = {
    "InferAnswer": {"id"},
    "InferAnswerParameters": {"rollout_id", "rollout_side"},
    "OutputAnswer": {"data", "parameters"},
}
# Of a field whose values are described elsewhere.
_KEPT = ("description", "default", "minItems", "maxItems", "minLength", "maxLength")


def renamed(name: str) -> str:
    """The name of a schema: `ModelPage` for pydantic's `CountedPageAnswer_ModelAnswer_`."""
    return _PAGE.sub(r"\2Page", name)


def components(documents: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The schemas of all apps by name. Raises AssertionError if two apps have different ones of one name."""
    found: dict[str, Any] = {"Problem": PROBLEM, "JsonValue": JSON_VALUE}
    for document in documents:
        for name, schema in document["components"]["schemas"].items():
            if name not in ("HTTPValidationError", "ValidationError"):
                strict = _strict(renamed(name), referring(untitled(schema)))
                assert found.setdefault(renamed(name), strict) == strict, f"two schemas have the name {name}"
    return found


def referring(node: Any) -> Any:
    """`node` with the names of schemas in its references as the document has them."""
    if isinstance(node, dict):
        return {key: _reference(value) if key == "$ref" else referring(value) for key, value in node.items()}
    return [referring(item) for item in node] if isinstance(node, list) else node


def untitled(schema: Any) -> Any:
    """The schema without pydantic's titles, which repeat the names of fields."""
    if isinstance(schema, list):
        return [untitled(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: value for key, value in schema.items() if not (key == "title" and isinstance(value, str))}
    return {
        key: {name: untitled(item) for name, item in value.items()} if key == "properties" else untitled(value)
        for key, value in kept.items()
    }


def without_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a value that may be left out, and may not be null."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind != _NULL]
    if len(kinds) == 1 and len(schema["anyOf"]) == 2:
        rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
        return {**rest, **kinds[0]}
    return {key: value for key, value in schema.items() if value is not None or key != "default"}


def _strict(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = schema.get("properties", {})
    if schema.get("additionalProperties") is not False:
        absent = _LEFT_OUT.get(name, set())
        given = {field: without_null(value) if field in absent else value for field, value in properties.items()}
        return {**schema, "properties": given, "required": sorted(properties.keys() - absent)}
    strict = {field: _field(name, field, value) for field, value in properties.items()}
    if name == "DataframeSplit":
        strict["index"] = {"description": "Ignored."}
    return {**schema, **RULES.get(name, {}), "properties": strict, "minProperties": len(schema.get("required", []))}


def _field(name: str, field: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    plain = without_null(schema)
    values = FIELDS.get(f"{name}.{field}", FIELDS.get(field))
    if values is None:
        return plain
    if plain.get("default") == "":  # an empty text is the same as none, and no example of a value
        values = optional(values)
    kept: dict[str, Any] = {key: plain[key] for key in _KEPT if key in plain and plain[key] != ""}
    return {**kept, **values}


def _reference(target: str) -> str:
    prefix, _, name = target.rpartition("/")
    return f"{prefix}/{renamed(name)}"
