"""A full disk: which requests are refused, and the space that is given back."""

import errno
import json
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from local.functions.stream_positions import StreamPositions
from local.gateway import disk
from local.gateway.disk import FREE_MIN, FREE_PART, RESERVE, Disk, writes
from local.gateway.refusals import Refusal
from local.paths import ROOT
from local.template.specs import RouteSpec
from tests.support.template_routes import declared_routes

TOTAL = 100 * 1024**3
LEAST = FREE_MIN + TOTAL // FREE_PART
CREATE, LOGIN = (RouteSpec("POST", f"/api/v1/{path}", "F") for path in ("models", "auth/login"))
LIST, DELETE = RouteSpec("GET", "/api/v1/models", "F"), RouteSpec("DELETE", "/api/v1/models/{model_id}", "F")


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The free space that the system tells; a test changes `bytes`."""
    found = SimpleNamespace(bytes=LEAST)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: (TOTAL, TOTAL - found.bytes, found.bytes))
    return found


def _watched(folder: Path) -> Disk:
    return Disk(folder, folder / "reserve")


def test_writes_are_refused_below_the_threshold_alone(free: SimpleNamespace, tmp_path: Path) -> None:
    watched = _watched(tmp_path)
    watched.refuse_write(CREATE)
    free.bytes = LEAST - 1
    watched.look()
    for route in (LIST, DELETE, LOGIN):
        watched.refuse_write(route)
    with pytest.raises(Refusal) as refused:
        watched.refuse_write(CREATE)
    answer = json.loads(refused.value.response("r").body)
    assert (answer["status"], answer["code"], answer["title"]) == (507, "insufficient_storage", "Insufficient Storage")
    assert "delete models" in answer["detail"]
    free.bytes = LEAST
    watched.look()
    watched.refuse_write(CREATE)


def test_a_failed_write_is_explained_by_a_disk_that_just_filled(free: SimpleNamespace, tmp_path: Path) -> None:
    watched = _watched(tmp_path)
    watched.explain(DELETE, 500)
    free.bytes = 0
    for route, status in ((DELETE, 204), (DELETE, 404), (LIST, 503)):
        watched.explain(route, status)
    with pytest.raises(Refusal):
        watched.explain(DELETE, 503)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux reserves space")
def test_the_reserve_is_given_back_when_nothing_is_left(free: SimpleNamespace, tmp_path: Path) -> None:
    watched, reserve = _watched(tmp_path), tmp_path / "reserve"
    assert reserve.stat().st_blocks * 512 >= RESERVE
    free.bytes = RESERVE
    watched.look()
    assert reserve.exists()
    free.bytes = 0
    watched.look()
    watched.look()
    assert not reserve.exists()
    free.bytes = LEAST
    watched.look()
    assert reserve.exists()


def test_every_exception_is_a_route_of_the_template() -> None:
    assert {route.key for route in declared_routes()} >= disk._SMALL


def test_routes_that_store_are_those_of_this_list() -> None:
    reading = {"GET", "HEAD", "DELETE", "ANY"}
    kept = sorted(route.key for route in declared_routes() if route.method not in reading and not writes(route))
    assert kept == sorted(disk._SMALL)


def test_the_page_of_errors_has_the_refusal() -> None:
    page = (ROOT / "docs/api/errors.md").read_text()
    assert "507 `insufficient_storage`" in page


def test_a_position_that_can_not_be_written_is_kept_in_mind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    positions = StreamPositions(tmp_path / "relay.json", "arn")
    positions.advance("shard", "1")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("local.data.manifest.os.fsync", full)
        positions.advance("shard", "2")
    assert positions.after("shard") == "2"
    assert StreamPositions(tmp_path / "relay.json", "arn").after("shard") == "1"
