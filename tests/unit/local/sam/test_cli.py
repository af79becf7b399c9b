from pathlib import Path

import pytest

from local.aws_account import CREDENTIALS
from local.errors import StackError
from local.sam import cli

FAILED = """Starting Build use cache
make: nothing

Build Failed
Error: CustomMakeBuilder:MakeBuild - Make Failed: uv: not found
make: *** [Makefile:14: build-SharedLayer] Error 1
"""


def test_sam_is_pinned_and_run_by_uv() -> None:
    command = cli.argv("validate", "--lint")
    assert Path(command[0]).name == "uv"
    assert f"aws-sam-cli=={cli.VERSION}" in command
    assert command[-3:] == ["sam", "validate", "--lint"]


def test_it_never_sees_the_keys_or_the_profile_of_this_shell() -> None:
    shell = {"AWS_PROFILE": "work", "AWS_SESSION_TOKEN": "x", "AWS_ACCESS_KEY_ID": "own", "PATH": "/bin"}
    found = cli.environment(shell)
    assert "AWS_PROFILE" not in found
    assert "AWS_SESSION_TOKEN" not in found
    assert found["AWS_ACCESS_KEY_ID"] == CREDENTIALS["AWS_ACCESS_KEY_ID"]
    assert (found["PATH"], found["SAM_CLI_TELEMETRY"]) == ("/bin", "0")


@pytest.mark.parametrize(
    ("output", "line"),
    [
        (FAILED, "CustomMakeBuilder:MakeBuild - Make Failed: uv: not found"),
        ("one\n\n  the last word  \n", "the last word"),
        ("", "it said nothing"),
    ],
)
def test_why_it_ended_is_one_line(output: str, line: str) -> None:
    assert cli.last_error(output) == line


def test_without_make_nothing_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(StackError, match="needs make"):
        cli.build()


def test_what_keeps_a_function_from_starting_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "gateway.log").write_text("Traceback\nOSError: [Errno 24] inotify instance limit reached\n502 -\n")
    assert "sudo sysctl fs.inotify.max_user_instances" in cli.hint(tmp_path / "gateway.log", tmp_path / "none.log")


def test_of_an_unknown_trouble_the_logs_are_named(tmp_path: Path) -> None:
    assert cli.hint(tmp_path / "gateway.log", tmp_path / "events.log") == f"logs: {tmp_path}"
