"""Jobs of the client: files to the store, results from it, and waiting."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from maas_client import Client
from maas_client.cli.app import run
from maas_client.errors import DeadlineExceeded, EmptyFile, FileError, TransferError
from maas_client.progress import Progress
from tests.support.http_servers import http_server
from tests.support.job_api import PARTS, ROWS, FakeJobApi


@pytest.fixture
def fake() -> Iterator[FakeJobApi]:
    found = FakeJobApi()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            status, content = found.answer(self.command, self.path, body)
            sent = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Logs nothing."""

    with http_server(Handler) as url:
        found.url = url
        yield found


@pytest.fixture
def client(fake: FakeJobApi, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setattr("maas_client.http.store._BASE", 0.001)
    monkeypatch.setattr("maas_client.job_files.waiting._PAUSE", 0.01)
    with Client(fake.url, api_key="maas_key") as found:
        yield found


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_bytes(ROWS)
    return path


def test_a_file_is_uploaded_and_becomes_the_input_of_a_job(fake: FakeJobApi, client: Client, rows: Path) -> None:
    fake.broken = 2
    job = client.jobs.submit_file("iris", rows, as_lists=True, version="^1", priority="low")
    assert (job.state, fake.stored) == ("queued", [ROWS])
    file = {"id": "f1", "format": "csv", "as_lists": True}
    assert fake.submitted == [{"model_id": "iris", "file": file, "version": "^1", "priority": "low"}]


def test_the_file_of_a_job_is_that_of_another_one_without_an_upload(fake: FakeJobApi, client: Client) -> None:
    fake.file = {"id": "f7", "format": "parquet", "as_lists": True}
    file = client.jobs.get("j1").file
    assert file is not None
    client.jobs.submit_file("iris", file, version="2.0.0")
    client.jobs.submit_file("iris", file, as_lists=False, file_format="csv")
    assert fake.submitted == [
        {"model_id": "iris", "version": "2.0.0", "file": fake.file},
        {"model_id": "iris", "file": {"id": "f7", "format": "csv"}},
    ]
    assert fake.stored == []


@pytest.mark.usefixtures("key")
def test_the_command_takes_the_file_of_a_job(fake: FakeJobApi, capsys: pytest.CaptureFixture[str]) -> None:
    assert _cli(fake, "jobs", "submit", "iris:2.0.0", "--file-of", "j1") == 2
    assert "the job j1 has values and no file" in capsys.readouterr().err
    fake.file = {"id": "f7", "format": "csv", "as_lists": False}
    assert _cli(fake, "jobs", "submit", "iris:2.0.0", "--file-of", "j1") == 0
    assert fake.submitted[0]["file"] == {"id": "f7", "format": "csv"}
    assert _cli(fake, "jobs", "submit", "iris", "[1]", "--file-of", "j1") == 2


def test_a_name_that_tells_no_format_needs_one(client: Client, fake: FakeJobApi, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="csv, ndjson or parquet"):
        client.jobs.submit_file("iris", tmp_path / "rows.txt")
    with pytest.raises(FileError):
        client.jobs.submit_file("iris", tmp_path / "absent.csv")
    assert fake.submitted == []


def test_an_empty_file_is_not_sent(client: Client, fake: FakeJobApi, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").touch()
    with pytest.raises(EmptyFile, match="is empty"):
        client.jobs.submit_file("iris", tmp_path / "rows.csv")
    assert fake.submitted == []


def test_parquet_is_sent_as_it_is(client: Client, fake: FakeJobApi, tmp_path: Path) -> None:
    fake.rows = b"PAR1 and no more"
    (tmp_path / "rows.pq").write_bytes(fake.rows)
    client.jobs.submit_file("iris", tmp_path / "rows.pq", as_lists=True)
    assert fake.submitted[0]["file"] == {"id": "f1", "format": "parquet", "as_lists": True}
    assert fake.stored == [fake.rows]


def test_waiting_ends_with_the_job(client: Client, fake: FakeJobApi) -> None:
    assert client.jobs.wait("j1").state == "succeeded"
    fake.states = ["running"]
    with pytest.raises(DeadlineExceeded, match="still running"):
        client.jobs.wait("j1", timeout=0.05)


def test_waiting_tells_state_and_progress(client: Client, fake: FakeJobApi) -> None:
    seen: list[Progress] = []
    assert client.jobs.wait("j1", progress=seen.append).state == "succeeded"
    assert [(each.phase, each.done, each.total) for each in seen] == [("queued", 1, 4), ("running", 1, 4)]


def test_a_result_is_written_whole_in_its_order(client: Client, fake: FakeJobApi, tmp_path: Path) -> None:
    fake.broken, fake.states = 2, ["succeeded"]
    assert client.jobs.download("j1", tmp_path / "out.ndjson").read_bytes() == b"".join(PARTS)
    assert [path.name for path in tmp_path.iterdir()] == ["out.ndjson"]
    table = client.jobs.download("j1", tmp_path / "out.csv").read_text().splitlines()
    assert (table[0], table[1]) == ("line,prediction,class_name,prediction_id,row,error", "2,,,,,")


def test_a_part_of_another_length_is_no_result(client: Client, fake: FakeJobApi, tmp_path: Path) -> None:
    fake.lie, fake.states = 1, ["succeeded"]
    with pytest.raises(TransferError, match="another length"):
        client.jobs.download("j1", tmp_path / "out.ndjson")
    assert not (tmp_path / "out.ndjson").exists()


@pytest.mark.parametrize("state", ["queued", "running", "cancelled"])
def test_what_is_not_there_is_no_result(client: Client, fake: FakeJobApi, tmp_path: Path, state: str) -> None:
    fake.states, fake.done_rows = [state], 0
    with pytest.raises(TransferError, match=state):
        client.jobs.download("j1", tmp_path / "out.ndjson")
    assert not (tmp_path / "out.ndjson").exists()


def _cli(fake: FakeJobApi, *arguments: str) -> int:
    return run(["--api-url", fake.url, *arguments])


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    monkeypatch.setenv("MAAS_API_KEY", "maas_key")


@pytest.mark.usefixtures("key")
def test_the_command_submits_waits_and_writes(
    fake: FakeJobApi, rows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _cli(fake, "jobs", "submit", "iris@production", "[1, 2]", "--wait", "-q") == 0
    assert _cli(fake, "jobs", "submit", "iris", "--file", str(rows), "-q") == 0
    assert capsys.readouterr().out == "j1\nj1\n"
    assert [sent.get("features") for sent in fake.submitted] == [[1, 2], None]
    assert fake.submitted[0]["version"] == "production"
    out = tmp_path / "out.ndjson"
    fake.states = ["running"]
    assert _cli(fake, "jobs", "result", "j1", "--to", str(out)) == _cli(fake, "jobs", "result", "j1") == 1
    assert not out.exists()
    fake.states = ["succeeded"]
    assert _cli(fake, "jobs", "result", "j1", "--to", str(out)) == 0
    assert out.read_bytes() == b"".join(PARTS)
    assert _cli(fake, "jobs", "result", "j1") == 0
    assert json.loads(capsys.readouterr().out) == {"predictions": [1]}


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize(
    ("values", "sent"),
    [
        (['{"n": 10}'], {"features": {"n": 10}}),
        (["[[10], [11]]"], {"features": [[10], [11]]}),
        (['[{"n": 10}]'], {"dataframe_records": [{"n": 10}]}),
        (['{"n": [10]}', "--by-input"], {"inputs": {"n": [10]}}),
    ],
)
def test_the_command_sends_values_as_they_are_written(
    fake: FakeJobApi, values: list[str], sent: dict[str, Any]
) -> None:
    assert _cli(fake, "jobs", "submit", "iris", *values, "-q") == 0
    [body] = fake.submitted
    assert {name: body[name] for name in body.keys() - {"model_id"}} == sent


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('[{"a": 1, "b": "\u00e9"},\n {"a": null, "b": "x"}]', b'{"a": 1, "b": "\\u00e9"}\n{"a": null, "b": "x"}\n'),
        ("[[1, 2.5],\n [9007199254740993, 4]]", b"[1, 2.5]\n[9007199254740993, 4]\n"),
        ("[1, 2]", b"[1, 2]\n"),
    ],
)
@pytest.mark.parametrize("form", [["rows.json"], ["rows", "--file-format", "json"]])
def test_the_command_sends_json_a_row_a_line(
    fake: FakeJobApi, tmp_path: Path, text: str, lines: bytes, form: list[str]
) -> None:
    name, *options = form
    (tmp_path / name).write_text(text, encoding="utf-8")
    fake.rows = lines
    assert _cli(fake, "jobs", "submit", "iris", "--file", str(tmp_path / name), *options, "-q") == 0
    assert fake.stored == [lines]
    assert fake.submitted[0]["file"] == {"id": "f1", "format": "ndjson"}


@pytest.mark.usefixtures("key")
def test_the_command_sends_no_json_that_is_none(
    fake: FakeJobApi, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rows.json").write_text("[1, 2")
    assert _cli(fake, "jobs", "submit", "iris", "--file", str(tmp_path / "rows.json")) == 1
    assert "rows.json is not the data that it should be: it is not JSON" in capsys.readouterr().err
    assert fake.stored == fake.submitted == []


@pytest.mark.usefixtures("key")
def test_the_command_shows_the_job_as_it_has_ended(fake: FakeJobApi, capsys: pytest.CaptureFixture[str]) -> None:
    assert _cli(fake, "jobs", "submit", "iris", "[1, 2]", "--wait") == 0
    shown, told = capsys.readouterr()
    assert json.loads(shown)["state"] == "succeeded"
    assert "j1" in told  # before the wait, for whoever interrupts it


@pytest.mark.usefixtures("key")
def test_a_job_that_was_waited_for_in_vain_is_shown_too(fake: FakeJobApi, capsys: pytest.CaptureFixture[str]) -> None:
    fake.states, fake.failure = ["queued", "failed"], {"code": "timeout", "message": "it took too long"}
    assert _cli(fake, "jobs", "submit", "iris", "[1, 2]", "--wait") == 1
    shown, told = capsys.readouterr()
    assert json.loads(shown)["state"] == "failed"
    assert "it took too long" in told


@pytest.mark.usefixtures("key")
def test_the_command_lists_shows_and_cancels(fake: FakeJobApi, capsys: pytest.CaptureFixture[str]) -> None:
    fake.states = ["running"]
    for arguments in (["list", "--state", "running"], ["show", "j1"], ["cancel", "j1"]):
        assert _cli(fake, "jobs", *arguments) == 0
    shown = [json.loads(line)["state"] for line in capsys.readouterr().out.splitlines()]
    assert shown == ["running", "running", "cancelled"]


@pytest.mark.usefixtures("key")
def test_a_list_on_a_terminal_names_models_and_progress(
    fake: FakeJobApi, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("NO_COLOR", "1")
    fake.states = ["running"]
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert _cli(fake, "jobs", "list") == 0
    head, row = (line.split() for line in capsys.readouterr().out.splitlines())
    assert head == ["created", "at", "state", "percent", "model", "name", "version", "rows", "failed", "rows", "id"]
    assert row == ["2026-11-29", "12:00:00", "running", "25", "iris", "1.0.0", "4", "0", "j1"]


@pytest.mark.usefixtures("key")
def test_a_result_with_errors_is_written_with_a_word(
    fake: FakeJobApi, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fake.states = ["succeeded"]
    for fake.failed_rows, words in ((0, ""), (3, "; 3 of its 4 rows have an error")):
        assert _cli(fake, "jobs", "result", "j1", "--to", str(tmp_path / "out")) == 0
        assert capsys.readouterr().err == f"wrote {tmp_path / 'out'}{words}\n"


@pytest.mark.usefixtures("key")
def test_a_failed_job_is_an_error_with_its_reason(fake: FakeJobApi, capsys: pytest.CaptureFixture[str]) -> None:
    fake.states, fake.failure = ["failed"], {"code": "timeout", "message": "it took too long"}
    assert _cli(fake, "jobs", "wait", "j1", "-q") == 1
    assert capsys.readouterr().err == "maas: the job j1 is failed: it took too long\n"


@pytest.mark.usefixtures("key")
def test_values_and_a_file_exclude_each_other(fake: FakeJobApi, rows: Path) -> None:
    assert _cli(fake, "jobs", "submit", "iris") == 2
    assert _cli(fake, "jobs", "submit", "iris", "[1]", "--file", str(rows)) == 2
    assert fake.submitted == []
