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


def test_sam_has_a_pinned_version_and_runs_with_uv() -> None:
    command = cli.argv("validate", "--lint")
    assert Path(command[0]).name == "uv"
    assert f"aws-sam-cli=={cli.VERSION}" in command
    assert command[-3:] == ["sam", "validate", "--lint"]


def test_sam_never_receives_keys_or_profile_of_this_shell() -> None:
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
        ("", "there was no output"),
    ],
)
def test_the_last_error_is_one_line(output: str, line: str) -> None:
    assert cli.last_error(output) == line


def test_a_missing_make_is_reported_before_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(StackError, match="needs make"):
        cli.build()


def test_an_exhausted_inotify_limit_is_reported_with_the_fix(tmp_path: Path) -> None:
    (tmp_path / "gateway.log").write_text("Traceback\nOSError: [Errno 24] inotify instance limit reached\n502 -\n")
    assert "sudo sysctl fs.inotify.max_user_instances" in cli.hint(tmp_path / "gateway.log", tmp_path / "none.log")


def test_the_hint_for_an_unknown_error_is_the_folder_of_logs(tmp_path: Path) -> None:
    assert cli.hint(tmp_path / "gateway.log", tmp_path / "events.log") == f"logs: {tmp_path}"
