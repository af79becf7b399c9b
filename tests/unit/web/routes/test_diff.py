"""Two versions compared over HTTP, on the registry's own services and a store in memory."""

from dataclasses import replace
from pathlib import Path

import pytest

from maas.domain.catalog.aliases import AliasTarget
from maas.domain.catalog.graphs import Graph, Operator, Weight
from maas.domain.ids import new_id
from tests.support.comparisons import NEW, OLD, World, run
from tests.support.http_gateway import Gateway, first_error, person

GOLDEN = Path(__file__).parents[3] / "data" / "diff.md"
OLD_GRAPH = Graph(
    {"ai.onnx": 17},
    (Operator("ai.onnx", "Add", 2, "aa"), Operator("ai.onnx", "Relu", 1, "bb"), Operator("ai.onnx", "Tanh", 1, "cc")),
    (Weight("", "bias", "float", (4,), "aa"), Weight("", "table", "float", (4, 3), "bb")),
    3,
    2,
)
NEW_GRAPH = Graph(
    {"ai.onnx": 18},
    (
        Operator("ai.onnx", "Add", 3, "dd"),
        Operator("ai.onnx", "Relu", 1, "ee"),
        Operator("ai.onnx.ml", "Scaler", 1, ""),
    ),
    (
        Weight("", "bias", "float", (4,), "cc"),
        Weight("", "table", "double", (5, 3), "bb"),
        Weight("If.a", "<w>|", "", (), ""),
    ),
    3,
    20_000,
)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def two(world: World) -> World:
    """Two versions that differ in everything that is compared."""
    world.ready(
        "1.0.0",
        OLD,
        OLD_GRAPH,
        metadata={"classes": ["a", "b"], "train": {"rows": 100, "seed": None}},
        metrics={"auc": 0.8, "loss | <b>": 0, "old": 1},
        changelog="First.",
        model_card="# Iris",
    )
    world.ready(
        "1.1.0",
        NEW,
        NEW_GRAPH,
        metadata={"classes": ["a", "b", "c"], "train": {"rows": 150, "<img src=x>|": "`x`"}},
        metrics={"auc": 0.9, "loss | <b>": 0.25, "new": 2},
        changelog="| - <script>alert(1)</script>\n[link](http://x)",
        model_card="# Iris\n\nMore.",
    )
    world.publish("1.0.0")
    return world


def test_json_has_every_difference(two: World) -> None:
    reply = two.diff()
    assert (reply.status, reply.headers["content-type"], reply.headers["vary"]) == (200, "application/json", "accept")
    found = reply.json
    assert (found["from"]["version"], found["from"]["state"]) == ("1.0.0", "published")
    assert (found["to"]["version"], found["to"]["published_at"]) == ("1.1.0", None)
    assert found["fields"][2] == {"change": "changed", "from": "published", "to": "ready", "field": "state"}
    assert [each["field"] for each in found["fields"]] == ["changelog", "model_card", "state"]
    assert [(each["path"], each["change"]) for each in found["metadata"]] == [
        ("/classes", "changed"),
        ("/train/<img src=x>|", "added"),
        ("/train/rows", "changed"),
        ("/train/seed", "removed"),
    ]
    auc = next(each for each in found["metrics"] if each["name"] == "auc")
    assert auc == {
        "change": "changed",
        "from": 0.8,
        "to": 0.9,
        "name": "auc",
        "delta": pytest.approx(0.1),
        "relative": pytest.approx(0.125),
    }
    assert [each["field"] for each in found["file"]] == ["sha256"]
    signature = found["signature"]
    assert [(each["name"], each["change"]) for each in signature["outputs"]] == [("p|q", "added")]
    assert signature["inputs"][0]["to"] == {"name": "x", "dtype": "float", "shape": [-1, 5]}
    assert signature["breaks_callers"] is True
    assert [(each["field"], each["rule"]) for each in signature["reasons"]] == [("inputs.x", "shape")]
    assert found["graph_unavailable"] is None


def test_json_has_the_differences_of_the_graphs(two: World) -> None:
    graph = two.diff().json["graph"]
    assert graph["opsets"] == [{"change": "changed", "from": 17, "to": 18, "domain": "ai.onnx"}]
    assert {name: graph["operators"][name] for name in ("added", "removed", "changed")} == {
        "added": 1,
        "removed": 1,
        "changed": 2,
    }
    assert [(e["name"], e["from"], e["to"], e["attributes_changed"]) for e in graph["operators"]["items"]] == [
        ("Add", 2, 3, None),
        ("Relu", 1, 1, True),
        ("Tanh", 1, None, None),
        ("Scaler", None, 1, None),
    ]
    bias, table = graph["tensors"]["items"]
    assert (bias["scope"], bias["name"], bias["values_changed"]) == ("", "bias", True)
    assert (table["from"], table["to"]) == (
        {"dtype": "float", "shape": [4, 3]},
        {"dtype": "double", "shape": [5, 3]},
    )
    assert table["values_changed"] is False
    assert graph["cut_off"] is True


def test_markdown_equals_the_reviewed_document(two: World) -> None:
    two.graphs.graphs = {
        key: replace(found, tensor_count=len(found.tensors)) for key, found in two.graphs.graphs.items()
    }
    reply = two.diff(accept="text/markdown, application/json;q=0.5")
    assert (reply.status, reply.headers["content-type"]) == (200, "text/markdown; charset=utf-8")
    assert reply.headers["vary"] == "accept"
    assert reply.text == GOLDEN.read_text()


def test_markdown_says_that_a_graph_was_cut_off(two: World) -> None:
    assert "too large to be compared whole" in two.diff(accept="text/markdown").text


def test_a_version_has_no_differences_from_itself(two: World) -> None:
    found = two.diff("1.0.0", "1.0.0").json
    assert [found[name] for name in ("fields", "metadata", "metrics", "file")] == [[], [], [], []]
    assert found["signature"] == {"inputs": [], "outputs": [], "breaks_callers": False, "reasons": []}
    assert (
        found["graph"]["operators"]
        == found["graph"]["tensors"]
        == {
            "added": 0,
            "removed": 0,
            "changed": 0,
            "items": [],
        }
    )
    text = two.diff("1.0.0", "1.0.0", "text/markdown").text
    assert text == "# Changes from 1.0.0 to 1.0.0\n\nNothing has changed of what is compared.\n"


@pytest.mark.parametrize("old", ["v1.0.0", "latest", "%5E1", "1.x", "%3E%3D1%20%3C2"])
def test_any_reference_is_accepted(two: World, old: str) -> None:
    assert two.diff(old).json["from"]["version"] == "1.0.0"


def test_an_alias_is_accepted(two: World) -> None:
    model_id = two.path.split("/")[-1]
    run(two.registry.set_alias(person(), model_id, AliasTarget(alias="production", version="1.0.0")))
    assert two.diff("production").json["from"]["version"] == "1.0.0"
    absent = two.diff("staging")
    assert (absent.status, absent.json["errors"][0]["field"]) == (404, "from")


def test_a_version_without_a_file_has_a_reason_instead_of_a_graph(two: World) -> None:
    two.draft("2.0.0")
    found = two.diff("1.0.0", "2.0.0").json
    assert (found["graph"], found["graph_unavailable"]) == (None, "version 2.0.0 has no file that passed validation")
    assert found["signature"]["breaks_callers"] is None
    assert [each["change"] for each in found["file"]] == ["removed"] * 3
    text = two.diff("1.0.0", "2.0.0", "text/markdown").text
    assert "Not compared: version 2.0.0 has no file that passed validation." in text


def test_a_version_without_a_summary_has_a_reason_instead_of_a_graph(two: World) -> None:
    two.ready("1.2.0", NEW, None)
    found = two.diff("1.1.0", "1.2.0").json
    assert found["graph"] is None
    assert found["graph_unavailable"] == "the store has no readable summary of the graph of version 1.2.0"


@pytest.mark.parametrize(
    ("query", "status", "field", "rule"),
    [
        ("", 422, "from", "required"),
        ("from=1.0.0", 422, "to", "required"),
        ("to=1.0.0", 422, "from", "required"),
        ("from=&to=1.0.0", 422, "from", "reference"),
        ("from=1.0.0&to=newest!", 422, "to", "reference"),
        ("from=1.0.0&to=" + "1" * 300, 422, "to", "max_length"),
        ("from=9.9.9&to=1.0.0", 404, "from", "exists"),
        ("from=1.0.0&to=%5E7", 404, "to", "exists"),
        ("from=1.0.0&to=1.1.0&by=name", 422, "by", "unknown"),
    ],
)
def test_an_unknown_reference_is_named_as_in_the_query(
    two: World, query: str, status: int, field: str, rule: str
) -> None:
    reply = two.api("GET", f"{two.path}/diff?{query}")
    assert first_error(reply) == (status, field, rule)
    assert "ref:" not in reply.json["detail"]


def test_an_unknown_model_is_not_found(world: World) -> None:
    reply = world.api("GET", f"/api/v1/models/{new_id()}/diff?from=1.0.0&to=1.1.0")
    assert (reply.status, reply.json["code"]) == (404, "not_found")


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0, text/markdown;q=0", "image/*"])
def test_another_media_type_is_406(two: World, accept: str) -> None:
    reply = two.diff(accept=accept)
    assert (reply.status, reply.json["code"]) == (406, "not_acceptable")
    assert reply.json["errors"] == [
        {"field": "accept", "rule": "media_type", "message": "must allow application/json or text/markdown"}
    ]


def test_other_tenants_compare_served_versions_of_public_models(two: World) -> None:
    assert two.api("PATCH", two.path, {"is_public": True}).status == 200
    stranger = Gateway(two.handler, person(tenant="globex"))
    hidden = stranger("GET", f"{two.path}/diff?from=1.0.0&to=1.1.0")
    assert (hidden.status, hidden.json["errors"][0]["field"]) == (404, "to")
    two.publish("1.1.0")
    seen = stranger("GET", f"{two.path}/diff?from=1.0.0&to=1.1.0")
    assert seen.status == 200
    own = two.diff().json
    assert seen.json["graph"] == own["graph"]
    assert (own["to"]["created_by"], seen.json["to"]["created_by"]) == ("ada", None)
    assert "forced" in {change["field"] for change in own["fields"]}
    assert "forced" not in {change["field"] for change in seen.json["fields"]}


def test_a_model_of_another_tenant_is_not_found(two: World) -> None:
    reply = Gateway(two.handler, person(tenant="globex"))("GET", f"{two.path}/diff?from=1.0.0&to=1.0.0")
    assert reply.status == 404


def test_the_largest_graphs_fit_and_omitted_items_are_counted(two: World) -> None:
    name = "模" * 248
    two.ready("2.0.0", OLD, _large(f"{name}a"))
    two.ready("3.0.0", NEW, _large(f"{name}b"))
    reply = two.diff("2.0.0", "3.0.0")
    assert reply.status == 200
    for kind, count in (("operators", 1_000), ("tensors", 10_000)):
        found = reply.json["graph"][kind]
        assert (found["added"], found["removed"], len(found["items"])) == (count, count, 500)
    text = two.diff("2.0.0", "3.0.0", "text/markdown").text
    assert "… and 19900 more." in text
    assert text.count("\n") < 250


def _large(name: str) -> Graph:
    operators = tuple(Operator(name, f"{name}{n:06}", 1, "aa") for n in range(1_000))
    tensors = tuple(Weight(name, f"{name}{n:06}", "float", (1,) * 64, "aa") for n in range(10_000))
    return Graph({}, operators, tensors, 1_000, 10_000)
