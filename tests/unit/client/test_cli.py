"""The command line: its output, its exit codes and its errors."""

import json
import re
from pathlib import Path
from typing import Any

import click
import httpx2
import pytest

from maas_client import errors
from maas_client.cli import failures
from maas_client.references import Reference
from tests.support.cli import Cli, commands, examples
from tests.support.client_api import AT, MODEL, MODEL_ID, FakeApi, page, problem
from tests.support.fake_maas import FakeMaas


@pytest.fixture
def maas(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    return Cli.in_folder(tmp_path, capsys, monkeypatch)


@pytest.mark.parametrize(("name", "command"), [*commands()])
def test_every_command_has_an_example_of_itself_and_a_sentence(name: str, command: click.Command) -> None:
    shown = (command.epilog or "").splitlines()[2:]
    assert shown
    assert all(re.search(rf"(^|\| ){re.escape(name)}( |$)", line.strip()) for line in shown)
    assert command.help
    assert command.help.splitlines()[0].endswith((".", ")."))


@pytest.mark.parametrize("line", [" ".join(name.split()) for name, _ in commands()])
def test_help_is_there_without_any_configuration(maas: Cli, line: str) -> None:
    done = maas(f"{line} --help")
    assert done.status == 0
    assert "Examples:" in done.out


def test_no_example_is_there_twice() -> None:
    assert len(set(examples())) == len(examples()) > 40


@pytest.mark.parametrize(
    ("text", "model", "ref"),
    [
        ("iris", "iris", None),
        ("iris@production", "iris", "production"),
        ("iris:^1.2", "iris", "^1.2"),
        ("iris:>=1.0 <2", "iris", ">=1.0 <2"),
        ("a:b@latest", "a:b", "latest"),
        (f"{MODEL_ID}/iris", f"{MODEL_ID}/iris", None),
        (f"{MODEL_ID}/iris@production", f"{MODEL_ID}/iris", "production"),
        (f"{MODEL_ID}/iris:1.0.0", f"{MODEL_ID}/iris", "1.0.0"),
        ("me@example.com/st", "me@example.com/st", None),
        ("me@example.com/st:^1", "me@example.com/st", "^1"),
    ],
)
def test_a_reference_is_a_model_and_a_version(text: str, model: str, ref: str | None) -> None:
    assert Reference.parse(text) == Reference(model, ref)


@pytest.mark.parametrize("text", ["", "@production", "iris@", "iris:", " :1.0.0"])
def test_a_text_that_is_no_reference_is_a_usage_error(text: str) -> None:
    with pytest.raises(errors.BadReference) as caught:
        Reference.parse(text)
    assert failures.exit_code(caught.value) == failures.USAGE


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (401, "token_expired", 3),
        (403, "permission_denied", 3),
        (404, "not_found", 4),
        (409, "already_exists", 5),
        (412, "revision_mismatch", 5),
        (428, "precondition_required", 5),
        (422, "invalid_input", 1),
        (429, "rate_limited", 6),
        (500, "internal", 1),
        (503, "unavailable", 6),
    ],
)
def test_each_problem_has_its_exit_code_and_one_line(maas: Cli, status: int, code: str, expected: int) -> None:
    maas.serve(httpx2.MockTransport(FakeApi(lambda _: problem(status, code))))
    done = maas("maas auth whoami")
    assert (done.status, done.out) == (expected, "")
    assert done.err.startswith("maas: the detail of ")
    assert done.err.count("\n") == 1


def test_figures_are_the_whole_answer_to_a_program_and_words_to_a_person(maas: Cli) -> None:
    total = {"count": 3, "p50": 1.5, "p90": 2.5, "p99": 3.5}
    figures = {
        "calls": 3,
        "errors": {"invalid_input": 2},
        "results": {"hits": 0, "hit_rate": 0.0},
        "cold_starts": 0,
        "phases": {"total": total},
        "queue": None,
    }
    known = {"since": AT, "minutes": 60, "shared": True, "predictions": figures, "registry": {"hit_rate": 0.5}}
    maas.serve(httpx2.MockTransport(FakeApi(lambda _: known)))
    assert json.loads(maas("maas models stats").out) == known
    maas.patch.setattr("sys.stdout.isatty", lambda: True)
    shown = maas("maas models stats").out
    assert "2 invalid_input" in shown
    assert "registry hit rate" in shown
    assert maas("maas models stats -q").out == "3\n"


@pytest.mark.parametrize(
    ("line", "status", "words"),
    [
        ("maas models list", 1, "give --api-url, or set it with: maas config set api-url"),
        ("maas --api-url", 2, "requires an argument"),
        ("maas --no-such", 2, "No such option"),
        ("maas whoami", 2, "do you mean maas auth whoami?"),
        ("maas versions publish iris --api-url http://api.test", 2, "name the version once: iris:1.0.0"),
        ("maas versions publish iris:1 1.0.0 --api-url http://api.test", 2, "name the version once: iris:1.0.0"),
        ("maas models list --timeout nan --api-url http://api.test", 1, "timeout must be a number"),
        ("maas models list --limit 99999999999999999999999 --api-url http://api.test", 2, "is not in the range"),
        ("maas models show --debug", 2, "Missing argument"),
        ("maas models show", 2, "Missing argument"),
        ("maas models list --api-url localhost:80", 1, "write http:// or https://"),
        ("maas models delete iris --api-url http://api.test", 2, "give --yes"),
        ("maas push x.onnx iris --api-url http://api.test", 2, "give --bump"),
        ("maas push x.onnx iris:1.0.0 --bump minor --api-url http://api.test", 2, "name the version"),
        ("maas push x.onnx iris:1.0.0 --metadata [] --api-url http://api.test", 2, "must be a JSON object"),
        ("maas push missing.onnx iris:1.0.0 --api-url http://api.test", 4, "missing.onnx does not exist"),
        ("maas predict iris --api-url http://api.test", 2, "give the values, or --input"),
        ("maas predict iris nonsense --api-url http://api.test", 1, "not JSON"),
        ("maas auth whoami --api-url http://api.test", 3, "maas auth login"),
    ],
)
def test_a_mistake_is_told_with_what_to_do(maas: Cli, line: str, status: int, words: str) -> None:
    def answer(_: httpx2.Request) -> Any:
        return problem(401, "unauthenticated")

    maas.serve(httpx2.MockTransport(FakeApi(answer)), key="")
    maas.patch.delenv("MAAS_API_URL")
    done = maas(line)
    assert done.status == status
    assert words in done.err
    assert "Traceback" not in done.err


def test_a_server_that_is_not_there_is_unavailable(maas: Cli) -> None:
    maas.serve(httpx2.MockTransport(FakeApi(lambda _: httpx2.ConnectError("All connection attempts failed"))))
    done = maas("maas models list")
    assert (done.status, "check the address" in done.err) == (6, True)


def test_a_bug_is_one_line_unless_debug_asks_for_all_of_it(maas: Cli) -> None:
    maas.serve(httpx2.MockTransport(FakeApi(lambda _: ZeroDivisionError("x"))))
    done = maas("maas models list")
    assert done.status == 1
    assert "ZeroDivisionError" in done.err
    assert "--debug" in done.err
    shown = maas("maas models list --debug")
    assert (shown.status, shown.err.startswith("Traceback")) == (1, True)
    assert "ZeroDivisionError: x; this is a bug" in shown.err.splitlines()[-1]


def test_ctrl_c_is_130(maas: Cli) -> None:
    def answer(_: httpx2.Request) -> Any:
        raise KeyboardInterrupt

    maas.patch.setattr(
        "maas_client.profiles.settings.Settings.read", lambda *_: answer(httpx2.Request("GET", "http://x"))
    )
    assert maas("maas models list").status == 130


def test_a_list_is_json_lines_for_programs_and_ids_for_q(maas: Cli) -> None:
    other = {**MODEL, "id": "2", "name": "wine"}
    maas.serve(httpx2.MockTransport(FakeApi(lambda _: page(MODEL, other))))
    lines = [json.loads(line) for line in maas("maas models list").out.splitlines()]
    assert [line["name"] for line in lines] == ["iris", "wine"]
    assert maas("maas models list -q").out == f"{MODEL['id']}\n2\n"
    assert maas("maas models list -q --limit 1").out == f"{MODEL['id']}\n"


def test_a_list_asks_for_no_page_beyond_its_limit(maas: Cli) -> None:
    api = FakeApi(lambda _: {**page(MODEL), "next_cursor": "c"})
    maas.serve(httpx2.MockTransport(api))
    assert maas("maas models list -q --limit 1").out == f"{MODEL['id']}\n"
    assert [request.url.params["limit"] for request in api.requests] == ["1"]


def test_a_terminal_gets_a_table_without_colours_if_asked(maas: Cli) -> None:
    maas.serve(httpx2.MockTransport(FakeApi(lambda _: page(MODEL))))
    maas.patch.setattr("sys.stdout.isatty", lambda: True)
    maas.patch.setenv("NO_COLOR", "1")
    maas.patch.setenv("COLUMNS", "200")
    done = maas("maas models list")
    assert re.search(r"name +framework +status", done.out)
    assert re.search(r"iris +onnx +ready", done.out)
    assert "\x1b[3" not in done.out
    assert json.loads(maas("maas models list --json").out)["name"] == "iris"


def test_push_predict_and_pull_by_references(maas: Cli, tmp_path: Path) -> None:
    fake = FakeMaas(part_size=4096)
    maas.serve(fake.transport())
    (tmp_path / "iris.onnx").write_bytes(b"model" * 100)
    done = maas("maas push iris.onnx iris:1.0.0 --publish --metadata '{\"a\": 1}'")
    assert json.loads(done.out)["state"] == "published"
    assert maas("maas push iris.onnx iris:1.0.0 -q").out == "1.0.0\n"
    found = json.loads(maas("maas pull iris:1.0.0 --to copy.onnx").out)
    assert found["sha256"] == next(iter(fake.versions.values()))["sha256"]
    assert (tmp_path / "copy.onnx").read_bytes() == b"model" * 100
    assert json.loads(maas("maas verify").out)["intact"] is True
    assert maas("maas verify copy.onnx iris:1.0.0").status == 0
    (tmp_path / "copy.onnx").write_bytes(b"other")
    done = maas("maas verify copy.onnx iris:1.0.0")
    assert (done.status, "is not the file of version 1.0.0" in done.err) == (1, True)


def test_a_damaged_cache_is_found(maas: Cli, tmp_path: Path) -> None:
    fake = FakeMaas(part_size=4096)
    maas.serve(fake.transport())
    (tmp_path / "iris.onnx").write_bytes(b"model" * 100)
    maas("maas push iris.onnx iris:1.0.0")
    path = Path(json.loads(maas("maas pull iris:1.0.0").out)["path"])
    path.chmod(0o600)
    path.write_bytes(b"Model" * 100)
    done = maas("maas verify")
    assert (done.status, json.loads(done.out)["intact"]) == (1, False)


def test_a_refused_file_shows_the_reason_and_where_to_read_on(maas: Cli, tmp_path: Path) -> None:
    fake = FakeMaas(part_size=4096)
    fake.checked, fake.failure = "failed", "the file is JSON, not ONNX"
    maas.serve(fake.transport())
    (tmp_path / "x.onnx").write_text("{}")
    done = maas("maas push x.onnx iris:1.0.0")
    assert done.status == 1
    assert "the file is JSON, not ONNX: maas help formats" in done.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_of_the_shell(maas: Cli, shell: str) -> None:
    assert "_MAAS_COMPLETE" in maas(f"maas completion {shell}").out
