"""The row that is wrong, among those that `maas predict` sends."""

from pathlib import Path

import httpx2
import pytest

from tests.support.cli import Cli
from tests.support.client_api import FakeApi
from tests.support.predicting import Server


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def maas(server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    cli = Cli.in_folder(tmp_path, capsys, monkeypatch)
    cli.serve(httpx2.MockTransport(FakeApi(server)))
    return cli


@pytest.mark.parametrize("wrong", [*range(25)])
def test_a_mistake_names_its_line(maas: Cli, server: Server, tmp_path: Path, wrong: int) -> None:
    server.wrong = wrong
    (tmp_path / "in.csv").write_text("a\n\n" + "".join(f"{n}\n" for n in range(25)))
    done = maas("maas predict iris --input in.csv --batch 10 --parallel 1")
    assert (done.status, done.err) == (1, f"maas: in.csv, line {wrong + 3}: the detail of invalid_input\n")
    assert len(server.bodies) <= 9


@pytest.mark.parametrize(
    ("line", "stdin", "place"),
    [
        ("--input -", '{"a": 1}\n\n{"a": 5}\n', "stdin, line 3"),
        ("--input -", 'a,b\n1,"x\ny"\n5,z\n', "stdin, line 4"),
        ("--input -", '[{"a": 1},\n {"a": 5}]', "stdin, row 2"),
        ("--input - --as-lists", "a,b\n5,2\n3,4\n", "stdin, line 2"),
        ("'[[1], [2], [5]]'", "", "row 3"),
    ],
)
def test_a_wrong_row_is_told_by_its_place(maas: Cli, server: Server, line: str, stdin: str, place: str) -> None:
    server.wrong = 5
    done = maas(f"maas predict iris {line}", stdin)
    assert (done.status, done.err) == (1, f"maas: {place}: the detail of invalid_input\n")


def test_a_row_that_the_server_names_is_not_searched(maas: Cli, server: Server, tmp_path: Path) -> None:
    server.wrong, server.field = 12, "dataframe_records[2].a"
    (tmp_path / "in.csv").write_text("a\n" + "".join(f"{n}\n" for n in range(20)))
    done = maas("maas predict iris --input in.csv --batch 10")
    assert (done.status, done.err.startswith("maas: in.csv, line 14: ")) == (1, True)
    assert len(server.bodies) == 2


def test_rows_that_are_refused_together_alone_are_told_together(maas: Cli, server: Server, tmp_path: Path) -> None:
    server.most_rows = 3
    (tmp_path / "in.csv").write_text("a\n" + "".join(f"{n}\n" for n in range(7)))
    done = maas("maas predict iris --input in.csv --batch 4")
    assert (done.status, done.err) == (1, "maas: rows 1 to 4: the detail of invalid_input\n")


def test_another_error_of_a_later_batch_names_its_rows(maas: Cli, server: Server, tmp_path: Path) -> None:
    server.wrong, server.status, server.code = 15, 409, "wrong_state"
    (tmp_path / "in.csv").write_text("a\n" + "".join(f"{n}\n" for n in range(25)))
    done = maas("maas predict iris --input in.csv --batch 10")
    assert (done.status != 0, "rows 11 to 20: the detail of wrong_state" in done.err) == (True, True)
    assert len(server.bodies) == 3


def test_a_search_that_the_server_stops_tells_the_first_error(maas: Cli, server: Server, tmp_path: Path) -> None:
    server.wrong, server.busy_after = 5, 1
    (tmp_path / "in.csv").write_text("a\n" + "".join(f"{n}\n" for n in range(20)))
    done = maas("maas predict iris --input in.csv --batch 10 --timeout 1")
    assert (done.status, done.err) == (1, "maas: rows 1 to 10: the detail of invalid_input\n")
