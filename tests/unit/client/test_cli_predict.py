"""Rows of predictions from JSON and CSV, and to JSON, CSV and tables."""

import json
import sys
from pathlib import Path
from typing import Any

import httpx2
import pyarrow as pa
import pytest
from pyarrow import parquet

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


@pytest.mark.parametrize(
    ("line", "stdin", "expected"),
    [
        ("'[1, 2]'", "", {"features": [1, 2]}),
        ("'[[1, 2]]'", "", {"features": [[1, 2]]}),
        ("'[[1, 2], [3, 4]]'", "", {"features": [[1, 2], [3, 4]]}),
        ("""'{"a": 1, "b": "x"}'""", "", {"features": {"a": 1, "b": "x"}}),
        ("""'{"a": [1], "b": [["x"]]}' --by-input""", "", {"inputs": {"a": [1], "b": [["x"]]}}),
        ("--input - --by-input", '{"a": [1]}', {"inputs": {"a": [1]}}),
        ("--input -", '[{"a": 1}]', {"dataframe_records": [{"a": 1}]}),
        ("--input -", '{"a": 1}\n{"a": 2}\n', {"dataframe_records": [{"a": 1}, {"a": 2}]}),
        ("--input -", "a,b\n1,x\n2.5,\n", {"dataframe_records": [{"a": 1, "b": "x"}, {"a": 2.5, "b": None}]}),
        ("--input - --as-lists", "a,b\n1,2\n", {"features": [[1, 2]]}),
        ("--input -", "\ufeffa,b\r\n1,5' 6\"\r\n", {"dataframe_records": [{"a": 1, "b": "5' 6\""}]}),
    ],
    ids=[
        "row",
        "list of one row",
        "rows",
        "record",
        "inputs",
        "inputs of a file",
        "list of one record",
        "json lines",
        "csv",
        "csv as lists",
        "csv with a byte order mark",
    ],
)
def test_values_are_read_as_they_are_written(
    maas: Cli, server: Server, line: str, stdin: str, expected: dict[str, Any]
) -> None:
    done = maas(f"maas predict iris {line}", stdin)
    assert done.status == 0, done.err
    assert server.bodies == [expected]


@pytest.mark.parametrize("command", ["predict", "jobs submit"])
@pytest.mark.parametrize("values", ["[1, 2]", '[{"a": [1]}]', "[[1], [2]]"])
def test_arrays_of_inputs_are_one_object(maas: Cli, server: Server, command: str, values: str) -> None:
    done = maas(f"maas {command} iris '{values}' --by-input")
    assert (done.status, "--by-input takes one JSON object" in done.err, done.err.count("\n")) == (1, True, 1)
    assert server.bodies == []


def test_arrays_of_inputs_are_no_file_of_a_job(maas: Cli, server: Server, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a\n1\n")
    done = maas("maas jobs submit iris --file in.csv --by-input")
    assert (done.status, "--by-input is for values" in done.err, server.bodies) == (2, True, [])


def test_each_line_has_the_outputs_of_its_row(maas: Cli, server: Server) -> None:
    server.outputs = {"label": [1, 3], "scores": [[0.5, None], [1.5, 2.5]], "bias": [7.0], "total": 4.0}
    lines = maas("maas predict iris '[[1], [3]]'").out.splitlines()
    assert [json.loads(line)["outputs"] for line in lines] == [
        {"label": 1, "scores": [0.5, None]},
        {"label": 3, "scores": [1.5, 2.5]},
    ]


def test_a_row_alone_has_all_outputs(maas: Cli, server: Server) -> None:
    server.outputs = {"label": [1], "scores": [[0.5, None]], "steps": [1, 2, 3], "total": 4.0}
    found = json.loads(maas("maas --json predict iris '[1]'").out)["outputs"]
    assert found == {"label": 1, "scores": [0.5, None], "steps": [1, 2, 3], "total": 4.0}


def test_a_reference_names_the_version(maas: Cli, server: Server) -> None:
    maas("maas predict iris:^1.2 '[1]'")
    assert server.bodies[0]["version"] == "^1.2"


def test_many_rows_are_sent_in_batches_and_answered_in_their_order(maas: Cli, server: Server, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a,b\n" + "".join(f"{n},0\n" for n in range(25)))
    done = maas("maas predict iris --input in.csv --batch 10 --format csv")
    assert [len(body["dataframe_records"]) for body in server.bodies].count(10) == 2
    head, *lines = done.out.splitlines()
    assert head == "prediction,class_name,version,rollout,prediction_id,row"
    assert lines == [f"{n},c{n},1.0.0,,p,{n % 10}" for n in range(25)]


def test_no_more_requests_than_asked_for_are_under_way(maas: Cli, server: Server, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a\n" + "".join(f"{n}\n" for n in range(40)))
    done = maas("maas predict iris --input in.csv --batch 1 --parallel 3 -q")
    assert done.out.split() == [str(n) for n in range(40)]
    assert server.most == 3


@pytest.mark.parametrize(
    ("key", "query"),
    [("", ""), ("--key ada", "routing_key=ada"), ("--key user=ada", "user=ada"), ("--key user=a=b", "user=a%3Db")],
)
def test_a_key_is_a_query_field(maas: Cli, server: Server, key: str, query: str) -> None:
    assert maas(f"maas predict iris '[1, 2]' {key}").status == 0
    assert server.queries == [query]


def test_parquet_is_read_by_its_columns(maas: Cli, server: Server, tmp_path: Path) -> None:
    table = pa.table({"a": [1.5, float("nan")], "b": ["x", None], "c": [[1, 2], []]})
    parquet.write_table(table, tmp_path / "in.parquet")
    assert maas("maas predict iris --input in.parquet").status == 0
    assert maas("maas predict iris --input in.parquet --as-lists").status == 0
    records = [{"a": 1.5, "b": "x", "c": [1, 2]}, {"a": None, "b": None, "c": []}]
    lists = [[1.5, "x", [1, 2]], [None, None, []]]
    assert server.bodies == [{"dataframe_records": records}, {"features": lists}]


def test_parquet_that_can_t_be_sent_is_one_error(maas: Cli, tmp_path: Path) -> None:
    parquet.write_table(pa.table({"a": [b"x"]}), tmp_path / "bytes.parquet")
    (tmp_path / "none.parquet").write_bytes(b"PAR1 and no more")
    assert "the column a has values of type bytes" in maas("maas predict iris --input bytes.parquet").err
    done = maas("maas predict iris --input none.parquet")
    assert (done.status, "it is not Parquet" in done.err, done.err.count("\n")) == (1, True, 1)


def test_parquet_without_pyarrow_says_what_to_install(maas: Cli, tmp_path: Path) -> None:
    maas.patch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "in.parquet").write_bytes(b"PAR1")
    done = maas("maas predict iris --input in.parquet")
    assert (done.status, "uv tool install --with pyarrow" in done.err) == (1, True)


def test_a_program_gets_json_and_a_person_a_table(maas: Cli) -> None:
    assert json.loads(maas("maas predict iris '[1, 2]'").out) == {
        "prediction": 1,
        "class_name": "c1",
        "version": "1.0.0",
        "rollout": None,
        "prediction_id": "p",
        "row": 0,
        "outputs": {},
    }
    assert maas("maas predict iris '[1, 2]' --format table").out.splitlines()[0].split() == [
        "prediction",
        "class_name",
        "version",
    ]


def test_a_program_is_told_the_side_that_answered(maas: Cli, server: Server) -> None:
    server.rollout = {"id": "r1", "side": "candidate"}
    assert json.loads(maas("maas predict iris '[1, 2]'").out)["rollout"] == {"id": "r1", "side": "candidate"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n", "has no rows"),
        ("a,b\n1\n", "line 2 has 1 values, and the head has 2"),
        ('a,b\n"1\n",2\n\n1\n', "line 5 has 1 values, and the head has 2"),
        ('a,b\n1,2\n3,"4\n5,6\n', "the row in line 3 has a quote that is not closed"),
        ('a,b\n1,2\n3,"4\n5,"6"\n', "the row in line 3 has a quote that is not closed, or has text behind it"),
        ("", "has no rows"),
        ("a,a\n1,2\n", "one name"),
    ],
)
def test_a_file_that_is_no_table_is_one_error(maas: Cli, tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "in.csv").write_text(text)
    done = maas("maas predict iris --input in.csv")
    assert (done.status, words in done.err, done.err.count("\n")) == (1, True, 1)


@pytest.mark.parametrize("text", ["[NaN]", "[1e999]", "[" * 100_000, "nonsense", "5", "[]"])
def test_values_that_are_none_are_one_error(maas: Cli, tmp_path: Path, text: str) -> None:
    (tmp_path / "in.json").write_text(text)
    done = maas("maas predict iris --input in.json")
    assert (done.status, done.err.count("\n")) == (1, 1)
    assert "bug" not in done.err


def test_a_file_that_is_no_text_is_one_error(maas: Cli, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(b"a\n\xff\n")
    done = maas("maas predict iris --input in.csv")
    assert (done.status, done.err) == (1, "maas: in.csv is not a text in UTF-8\n")


def test_a_missing_file_is_not_found(maas: Cli) -> None:
    done = maas("maas predict iris --input none.csv")
    assert (done.status, "does not exist" in done.err) == (4, True)
