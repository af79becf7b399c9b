"""Parameters of an operation: what FastAPI has of them, with descriptions, values and examples."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tools.openapi_document.examples import Request
from tools.openapi_document.sections import Undescribed
from tools.openapi_document.values import LISTS, VALUES, Schema, optional

_FILE = Path(__file__).parent / "parameters.yaml"
_NUMBERS = {"integer": int, "number": float, "boolean": lambda text: text == "true"}


def parameters(
    route: str, path: str, declared: list[Mapping[str, Any]], request: Request, *, keyed: bool
) -> Iterator[dict[str, Any]]:
    """Yields each parameter. `keyed` adds the header Idempotency-Key.

    Raises:
        Undescribed: parameters.yaml lacks one, and the message says so.
    """
    given = _given(path, request)
    if any(parameter["name"] == "routing_key" for parameter in declared):
        free = {"name": "routing_fields", "in": "query", "required": False, "style": "form", "explode": True}
        yield {**free, **_one(route, "routing_fields", {})}
    for parameter in declared:
        found = _one(route, parameter["name"], given)
        yield {"name": parameter["name"], "in": parameter["in"], "required": parameter["required"], **found}
    if keyed:
        found = _one(route, "idempotency-key", {"idempotency-key": ["5f2c0c1e-8f0e-4a57-9d39-5b0f7f3e4c11"]})
        yield {"name": "idempotency-key", "in": "header", "required": False, **found}


def _one(route: str, name: str, given: Mapping[str, list[str]]) -> dict[str, Any]:
    known = _table().get(f"{route} {name}") or _table().get(name)
    if known is None:
        raise Undescribed(f"{route} has the parameter {name}: describe it in {_FILE.name}")
    schema = _filled(known["schema"])
    found = {"description": known["description"], "schema": schema}
    if name in given:
        found["example"] = _value(schema, given[name])
    return found


def _given(path: str, request: Request) -> dict[str, list[str]]:
    """The values of the section's request by the names of parameters."""
    pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path))
    match = re.fullmatch(pattern, request.path)
    assert match, f"{request.path} is not {path}"
    found = {name: [value] for name, value in {**match.groupdict(), **request.headers}.items()}
    for name, value in request.query:
        found.setdefault(name, []).append(value)
    return found


def _value(schema: Mapping[str, Any], texts: list[str]) -> Any:
    if schema.get("type") == "array":
        return texts
    convert: Any = _NUMBERS.get(str(schema.get("type")), str)
    return convert(texts[0])


def _filled(schema: Mapping[str, Any]) -> Any:
    """The schema with the values that `$value` and `$optional` name."""
    if "$value" in schema:
        return _named(schema["$value"])
    if "$optional" in schema:
        return optional(_named(schema["$optional"]))
    return {key: _filled(value) if isinstance(value, dict) else value for key, value in schema.items()}


def _named(name: str) -> Schema:
    return VALUES[name] if name in VALUES else LISTS[name]


@cache
def _table() -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load(_FILE.read_text())
    return found
