"""A model's changelog over HTTP, on the registry's own services and a store in memory."""

import re
from pathlib import Path

import pytest

from maas.domain.ids import new_id
from maas.services import changelog
from tests.support.comparisons import World
from tests.support.http_gateway import Gateway, Reply, first_error, person

GOLDEN = Path(__file__).parents[3] / "data" / "changelog.md"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def iris(world: World) -> World:
    """Six published versions, of which 1.1.0 is deprecated, and a draft among them."""
    world.published("1.0.0", changelog="First.")
    world.published("1.1.0", changelog="- More *trees*\n- <b>Less</b> noise\n\n# No title\nend")
    world.published("1.2.0-rc.1")
    world.published("1.2.0", changelog="Third.")
    world.draft("1.3.0", changelog="Not yet.")
    world.published("2.0.0", changelog="Fourth.")
    world.published("2.1.0-rc.1", changelog="To be tried.")
    assert world.api("POST", f"{world.path}/versions/1.1.0/deprecate").status == 200
    return world


def read(world: World, query: str = "", accept: str = "application/json") -> Reply:
    return world.api("GET", f"{world.path}/changelog?{query}", headers={"accept": accept})


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["2.0.0", "1.2.0", "1.2.0-rc.1", "1.1.0", "1.0.0"]),
        ("from=1.0.0", ["2.0.0", "1.2.0", "1.2.0-rc.1", "1.1.0"]),
        ("from=1.0.0&to=1.2.0", ["1.2.0", "1.2.0-rc.1", "1.1.0"]),
        ("to=1.1.0", ["1.1.0", "1.0.0"]),
        ("from=v1.1.0&to=%5E1", ["1.2.0", "1.2.0-rc.1"]),
        ("to=2.1.0-rc.1&from=1.2.0", ["2.1.0-rc.1", "2.0.0"]),
        ("from=1.1.0&to=1.3.0", ["1.2.0", "1.2.0-rc.1"]),
        ("from=2.0.0", []),
        ("from=1.0.0&to=1.0.0", []),
        ("range=%5E1.1", ["1.2.0", "1.1.0"]),
        ("range=1.x&from=1.0.0&to=1.1.0", ["1.1.0"]),
        ("range=%3E%3D2.1.0-rc.1", ["2.1.0-rc.1"]),
        ("range=1.2.0", ["1.2.0"]),
        ("range=%5E7", []),
    ],
)
def test_published_versions_are_listed_from_the_highest_down(iris: World, query: str, expected: list[str]) -> None:
    assert [entry["version"] for entry in read(iris, query).json["items"]] == expected


def test_an_entry_has_text_author_and_dates(iris: World) -> None:
    reply = read(iris, "from=1.0.0&to=1.1.0")
    assert (reply.status, reply.headers["content-type"], reply.headers["vary"]) == (200, "application/json", "accept")
    assert (reply.json["name"], reply.json["next_to"]) == ("Iris", None)
    [entry] = reply.json["items"]
    assert (entry["state"], entry["created_by"], entry["forced"]) == ("deprecated", "ada", None)
    assert entry["changelog"].startswith("- More *trees*\n")
    assert entry["published_at"] < entry["deprecated_at"]


def test_markdown_equals_the_reviewed_document(iris: World) -> None:
    reply = read(iris, "from=1.0.0", "text/markdown")
    assert (reply.status, reply.headers["content-type"]) == (200, "text/markdown; charset=utf-8")
    assert re.sub(r"\d{4}-\d\d-\d\d", "2026-11-21", reply.text) == GOLDEN.read_text()


def test_without_latest_it_starts_at_the_highest_version(world: World) -> None:
    assert read(world).json["items"] == []
    assert "No version has been published." in read(world, accept="text/markdown").text
    world.published("1.0.0-rc.1")
    assert [entry["version"] for entry in read(world).json["items"]] == ["1.0.0-rc.1"]


def test_the_rest_is_read_from_the_next_number(iris: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changelog, "ENTRIES_MAX", 2)
    monkeypatch.setattr(changelog, "_PAGE", 1)
    seen, query = [], "from=1.0.0"
    while True:
        found = read(iris, query).json
        seen.append([entry["version"] for entry in found["items"]])
        if found["next_to"] is None:
            break
        query = f"from=1.0.0&to={found['next_to']}"
    assert seen == [["2.0.0", "1.2.0"], ["1.2.0-rc.1", "1.1.0"]]
    assert "Older versions continue from 1.2.0-rc.1." in read(iris, accept="text/markdown").text


def test_the_longest_texts_fit_into_an_answer(world: World) -> None:
    for minor in range(changelog.ENTRIES_MAX + 1):
        world.published(f"1.{minor}.0", changelog="\U0001f600" * 4096)
    for accept in ("application/json", "text/markdown"):
        assert read(world, accept=accept).status == 200
    assert (len(read(world).json["items"]), read(world).json["next_to"]) == (changelog.ENTRIES_MAX, "1.0.0")


@pytest.mark.parametrize(
    ("query", "status", "field", "rule"),
    [
        ("from=9.9.9", 404, "from", "exists"),
        ("to=%5E9", 404, "to", "exists"),
        ("from=1.2.0&to=1.1.0", 422, "from", "order"),
        ("from=2.1.0-rc.1", 422, "from", "order"),
        ("to=%3E%3D", 422, "to", "reference"),
        ("range=latest", 422, "range", "reference"),
        ("range=%5E", 422, "range", "reference"),
        ("range=" + "1" * 300, 422, "range", "max_length"),
        ("since=1.0.0", 422, "since", "unknown"),
    ],
)
def test_a_bad_parameter_is_named(iris: World, query: str, status: int, field: str, rule: str) -> None:
    reply = read(iris, query)
    assert first_error(reply) == (status, field, rule)


def test_another_media_type_is_406(iris: World) -> None:
    assert read(iris, accept="text/html").status == 406


def test_other_tenants_see_changelogs_of_public_models_only(iris: World) -> None:
    stranger = Gateway(iris.handler, person(tenant="globex"))
    assert stranger("GET", f"{iris.path}/changelog").status == 404
    assert iris.api("PATCH", iris.path, {"is_public": True}).status == 200
    items = stranger("GET", f"{iris.path}/changelog").json["items"]
    assert [entry["created_by"] for entry in items] == [None] * 5
    text = stranger("GET", f"{iris.path}/changelog", headers={"accept": "text/markdown"}).text
    assert not re.search(r"^By |ada", text, re.MULTILINE)
    assert re.search(r"^## \[1\.1\.0\] - \S+\n\nDeprecated on \S+\.\n\n- More", text, re.MULTILINE)
    assert iris.api("GET", f"/api/v1/models/{new_id()}/changelog").status == 404
