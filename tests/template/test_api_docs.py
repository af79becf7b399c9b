"""docs/api has a request and an answer for every route of template.yaml, and lists every problem code."""

import json
import re
from collections import Counter

import pytest

from local.paths import ROOT
from maas.wire.errors import kinds
from tests.support.template_routes import declared_routes
from tools.api_docs import ANY_TOKEN, FOLDER, PUBLIC, Operation, operations

_OPERATIONS = tuple(operations())
_SCOPES = re.compile(r"(models|uploads|inference|keys|users|audit|webhooks):[a-z]+")
_MAAS = ROOT / "layers" / "shared" / "python" / "maas"


def test_every_route_of_the_template_has_exactly_one_section() -> None:
    # The section of GET is that of HEAD.
    declared = [route.key for route in declared_routes() if route.method != "HEAD"]
    assert Counter(operation.route for operation in _OPERATIONS) == Counter(declared)


@pytest.mark.parametrize("operation", _OPERATIONS, ids=lambda operation: operation.route)
def test_a_section_begins_with_a_request_and_its_answer(operation: Operation) -> None:
    (language, request), (kind, answer), *_ = operation.blocks
    assert (language, kind) == ("sh", "http")
    assert _is_request_of(request, operation)
    head, _, body = answer.partition("\n\n")
    assert re.match(r"HTTP/1\.1 2\d\d ", head)
    if "\ncontent-type: text/html" in head:
        assert body.startswith("<!DOCTYPE html>")
    else:
        assert json.loads(body) if body else head.startswith("HTTP/1.1 204 ")


def _is_request_of(request: str, operation: Operation) -> bool:
    """Returns whether a curl line calls the operation's method and path, with any text for a parameter of the path."""
    method, _, path = operation.route.partition(" ")
    pattern = re.sub(r"\\\{\w+\\\}", r"[^/?\\s\"]+", re.escape(path))
    given = re.search(r"-X ([A-Z]+)", request)
    default = "POST" if re.search(r" (--json|-d) ", request) else "GET"
    called = re.search(rf'^curl .*"\$GATEWAY{pattern}(\?[^"\s]*)?"', request)
    return called is not None and (given[1] if given else default) == method


@pytest.mark.parametrize("operation", _OPERATIONS, ids=lambda operation: operation.route)
def test_a_section_names_its_scope(operation: Operation) -> None:
    assert operation.scope in (PUBLIC, ANY_TOKEN) or _SCOPES.fullmatch(operation.scope)


def test_the_index_links_to_each_operation_with_its_scope() -> None:
    rows = re.findall(r"^\| \[([A-Z]+ /\S+)\]\(([\w.]*)#\S+\) \| `?([a-z: ]+?)`? \|", _page("README.md"), re.MULTILINE)
    assert Counter(rows) == Counter((each.route, _link_from_index(each), each.scope) for each in _OPERATIONS)


def _link_from_index(operation: Operation) -> str:
    return "" if operation.page == "README.md" else operation.page


def test_every_problem_code_is_in_the_table_of_errors() -> None:
    listed = set(re.findall(r"^\| \d{3} \| `(\w+)` \|", _page("errors.md"), re.MULTILINE))
    sources = "".join(path.read_text() for folder in ("web", "entrypoints") for path in (_MAAS / folder).rglob("*.py"))
    literal = set(re.findall(r'\b(?:problem|refusal|document)\((?:\w+, )?\d{3}, "(\w+)"', sources))
    assert {"malformed_json", "not_acceptable", "too_large", "unsupported_media_type", "internal"} <= literal
    assert listed == literal | {kind.code for kind in kinds()}


def test_every_rule_that_an_answer_shows_is_in_the_table_of_rules() -> None:
    listed = set(re.findall(r"^\| `(\w+)` \|", _page("errors.md").partition("<!-- rules -->")[2], re.MULTILINE))
    shown = {rule for page in FOLDER.glob("*.md") for rule in re.findall(r'"rule": "(\w+)"', page.read_text())}
    assert shown
    assert shown <= listed


def _page(name: str) -> str:
    return (FOLDER / name).read_text()
