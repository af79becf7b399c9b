"""docs/openapi.json is the document of every route, and its examples are values that it allows."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Any

import jsonschema_rs
import pytest
from pydantic import TypeAdapter

from maas.web.paths import METHODS
from maas.web.problems import MEDIA_TYPE, STATUS, document
from maas.wire.errors import kinds
from tools import openapi as tool
from tools.openapi_document import assembly, operation, parameters, problems
from tools.openapi_document.assembly import openapi, sources
from tools.openapi_document.sections import Undescribed

Operation = Mapping[str, Any]


@cache
def whole() -> Mapping[str, Any]:
    return openapi()


def operations() -> Iterator[tuple[str, Operation]]:
    """Yields each operation with its method and path."""
    for path, methods in whole()["paths"].items():
        yield from ((f"{method.upper()} {path}", found) for method, found in methods.items())


def resolved(node: Any) -> Any:
    """What a reference into the document stands for."""
    if isinstance(node, dict) and "$ref" in node:
        found: Any = whole()
        for name in node["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        return found
    return node


def faults(schema: Any, value: Any) -> list[str]:
    """What is wrong with a value, with formats checked."""
    whole_schema = {**schema, "components": whole()["components"]}
    validator = jsonschema_rs.Draft202012Validator(whole_schema, validate_formats=True)
    return [error.message for error in validator.iter_errors(value)]


def examples(content: Mapping[str, Any]) -> list[Any]:
    return [example["value"] for each in content.values() for example in each.get("examples", {}).values()]


def test_both_files_are_up_to_date() -> None:
    for path, text in tool.files().items():
        assert path.read_text() == text, f"run: {tool.COMMAND}"


def test_every_path_and_method_is_in_the_document() -> None:
    # The answer to HEAD, where there is one, is that to GET.
    assert {path: {*methods.lower().split()} - {"head"} for path, methods in METHODS.items()} == {
        path: set(methods) for path, methods in whole()["paths"].items()
    }


def test_every_operation_has_an_id_of_its_own_and_texts_for_people() -> None:
    ids = Counter(found["operationId"] for _, found in operations())
    assert [name for name, times in ids.items() if times > 1 or not re.fullmatch(r"[a-z]+(_[a-z]+)+", name)] == []
    tags = {tag["name"] for tag in whole()["tags"]}
    for key, found in operations():
        assert found["summary"], key
        assert found["description"], key
        assert set(found["tags"]) <= tags, key
        for parameter in found.get("parameters", []):
            assert parameter["description"].endswith("."), (key, parameter["name"])


def test_an_operation_without_security_is_one_that_template_yaml_leaves_open() -> None:
    schemes = set(whole()["components"]["securitySchemes"])
    for key, found in operations():
        named = {name for each in found["security"] for name in each}
        assert named in (set(), schemes), key
        assert ("401" in found["responses"]) >= bool(named), key


def test_each_request_example_is_what_the_route_s_model_takes() -> None:
    tested = 0
    for source in sources():
        body = whole()["paths"][source.route.path][source.section.route.split()[0].lower()].get("requestBody")
        for content in (body or {}).get("content", {}).values():
            for example in (each["value"] for each in content.get("examples", {}).values()):
                assert faults(content["schema"], example) == [], source.section.route
                field = source.route.body_field
                if field is not None:
                    model: Any = field.field_info.annotation
                    adapter: TypeAdapter[Any] = TypeAdapter(model)
                    adapter.validate_python(example)
                tested += 1
    assert tested > 25


def test_each_answer_example_is_what_the_document_promises() -> None:
    for source in sources():
        found = whole()["paths"][source.route.path][source.section.route.split()[0].lower()]
        shown = str(source.section.answer.status)
        content = found["responses"][shown].get("content", {})
        assert bool(content) == bool(source.section.answer.body), source.section.route
        for each in content.values():
            for example in (one["value"] for one in each.get("examples", {}).values()):
                assert faults(each["schema"], example) == [], source.section.route


def test_every_error_is_a_problem_whose_codes_the_tree_knows() -> None:
    tree = {(next(STATUS[base] for base in kind.__mro__ if base in STATUS), kind.code) for kind in kinds()}
    of_requests = {
        (400, "malformed_json"),
        (406, "not_acceptable"),
        (415, "unsupported_media_type"),
        (500, "internal"),
    }
    of_oauth = {(400, "invalid_input"), (400, "permission_denied"), (400, "token_not_trusted")}
    for key, found in operations():
        for status, each in found["responses"].items():
            if int(status) < 400:
                continue
            answer = resolved(each)
            media_type, *others = answer["content"]
            content = answer["content"][media_type]
            assert media_type == ("application/json" if " /v2" in key else MEDIA_TYPE), key
            assert others in ([], [MEDIA_TYPE] if " /v2" in key else []), key  # the gateway's own
            codes = content["schema"]["allOf"][1]["properties"]["code"]["enum"]
            assert {(int(status), code) for code in codes} <= tree | of_requests | of_oauth, key
            assert {"X-Request-Id"} <= answer["headers"].keys(), key
            for example in examples(answer["content"]):
                assert faults(content["schema"], example) == [], key


def test_every_operation_can_refuse_a_request_and_fail() -> None:
    for key, found in operations():
        assert {"413", "415", "422", "500", "503"} <= found["responses"].keys(), key


def test_the_schema_of_a_problem_is_what_the_server_makes() -> None:
    made = document(404, "not_found", "no", "1")
    properties = problems.PROBLEM["properties"]
    assert set(problems.PROBLEM["required"]) == set(made)
    assert made.keys() <= properties.keys()


def test_a_body_refuses_unknown_fields_and_null() -> None:
    schemas = whole()["components"]["schemas"]
    bodies = {name: schema for name, schema in schemas.items() if schema.get("additionalProperties") is False}
    assert {"CreateModel", "PatchWebhook", "StartUpload"} <= bodies.keys()
    for name, schema in bodies.items():
        nullable = [
            field for field, value in schema["properties"].items() if {"type": "null"} in value.get("anyOf", [])
        ]
        assert nullable == [], name


def test_a_route_without_a_section_fails_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assembly, "sections", dict)
    with pytest.raises(Undescribed, match=r"/healthz has no section: write one in docs/api|has no section"):
        list(sources())


def test_a_route_without_an_id_fails_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operation, "_table", lambda: MappingProxyType({}))
    with pytest.raises(Undescribed, match=r"has no operationId: give it one in operations.yaml"):
        operation.operation(next(sources()))


def test_a_parameter_without_a_description_fails_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parameters, "_table", lambda: MappingProxyType({}))
    with pytest.raises(Undescribed, match=r"has the parameter \S+: describe it in parameters.yaml"):
        openapi()


def test_a_code_without_a_row_fails_with_what_to_do() -> None:
    with pytest.raises(Undescribed, match=r"docs/api/errors.md has no row for 418 teapot"):
        problems.answer(418, ["teapot"])


def test_an_answer_with_another_status_fails_with_what_to_do() -> None:
    source = next(each for each in sources() if each.section.route == "GET /healthz")
    other = replace(source.section, answer=replace(source.section.answer, status=206))
    with pytest.raises(Undescribed, match=r"GET /healthz shows 206: add it as `also` in operations.yaml"):
        operation.operation(replace(source, section=other))


def test_a_stale_file_fails_the_check(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(tool, "files", lambda: {tool.DOCUMENT: "{}"})
    assert tool.main(["--check"]) == 1
    assert f"docs/openapi.json is stale, run: {tool.COMMAND}" in capsys.readouterr().err
