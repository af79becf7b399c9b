"""The option `--png`: the file, what else is printed, and refusals before the API is asked."""

import json
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support import reported
from tests.support.cli import Cli, Done
from tests.support.client_api import FakeApi, in_order

DRIFT = reported.drift([reported.column("length", 0.2, drifts=True)]).model_dump(mode="json")
PERFORMANCE = reported.performance([reported.group("1.0.0", 0.9)]).model_dump(mode="json")
COMPARISON = reported.comparison(reported.group("1.0.0", 0.9), reported.group("1.1.0", 0.8), None, None).model_dump(
    mode="json"
)
ROLLOUT = {**reported.rollout().model_dump(mode="json", by_alias=True), "judgement": None}
HISTORY = {
    "items": [reported.move(reported.rollout()).model_dump(mode="json", by_alias=True)],
    "next_cursor": None,
    "total": None,
}


@pytest.fixture
def maas(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.chdir(tmp_path)
    return Cli.in_folder(tmp_path, capsys, monkeypatch)


def answered(maas: Cli, line: str, *answers: Any) -> tuple[Done, FakeApi]:
    api = in_order(*answers)
    maas.serve(httpx2.MockTransport(api))
    return maas(line), api


@pytest.mark.parametrize(
    ("line", "answers"),
    [
        ("maas drift iris:1.0.0", [DRIFT]),
        ("maas feedback performance iris", [PERFORMANCE]),
        ("maas feedback compare iris 1.0.0 1.1.0", [COMPARISON]),
        ("maas rollout status iris@production", [ROLLOUT, HISTORY]),
    ],
)
def test_a_picture_is_drawn_beside_what_is_printed(line: str, answers: list[Any], maas: Cli, tmp_path: Path) -> None:
    done, _ = answered(maas, f"{line} --json --png out.png", *answers)
    assert done.status == 0, done.err
    printed = json.loads(done.out)
    assert {name: printed[name] for name in ("model_id", "alias") if name in printed}
    assert done.err == "drawn to out.png\n"
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")


def test_another_kind_of_file_is_refused_before_the_api_is_asked(maas: Cli) -> None:
    done, api = answered(maas, "maas drift iris:1.0.0 --png out.svg")
    assert (done.status, api.requests) == (2, [])
    assert "the file's name must end with .png" in done.err


def test_without_matplotlib_one_line_says_how_to_get_it(maas: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    done, api = answered(maas, "maas drift iris:1.0.0 --png out.png")
    assert (done.status, api.requests) == (1, [])
    assert done.err.count("\n") == 1
    assert "pip install 'maas-client[reports]'" in done.err


def test_a_folder_that_is_not_there_is_told_in_a_line(maas: Cli) -> None:
    done, _ = answered(maas, "maas drift iris:1.0.0 --png absent/out.png", DRIFT)
    assert done.status == 1
    assert "absent/out.png can't be written" in done.err
