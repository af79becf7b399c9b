"""The lines of docs/curl.md, run as they are pasted, with files of one part, of two and of seventeen."""

import os
import re
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maas.domain.uploads.sessions import PART_DEFAULT, PART_MIN, START_SIGN_MAX
from tests.samples import onnx_files
from tests.support.stacks import ROOT, RunningStack

EMBEDDED = pytest.mark.kinds("embedded")
EMAIL = "me@example.com"
TRAIN = re.compile(r"^\.venv/bin/python -c 'from local\.demo\.train .*$", re.MULTILINE)


def _lines() -> str:
    """The block of the page, for a user of its own."""
    blocks: list[str] = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "curl.md").read_text(), re.DOTALL)
    assert len(blocks) == 1
    assert EMAIL in blocks[0]
    return blocks[0].replace(EMAIL, f"{secrets.token_hex(6)}@example.com")


def _paste(stack: RunningStack, lines: str, folder: Path) -> str:
    (folder / ".venv").symlink_to(Path(sys.prefix))
    env = {**os.environ, "GATEWAY": stack.ready["gateway"], "PYTHONPATH": f"{ROOT}"}
    done = subprocess.run(
        ["bash", "-c", lines], cwd=folder, env=env, capture_output=True, text=True, timeout=110, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@EMBEDDED
def test_the_lines_lead_to_a_prediction(local_stack: RunningStack, tmp_path: Path) -> None:
    printed = _paste(local_stack, _lines(), tmp_path)
    assert "\nready\n" in printed
    by_token, invited, by_key = printed.replace(" ", "").splitlines()[-3:]
    assert '"class_name":"setosa"' in by_token
    assert '"email":"grace@example.com"' in invited
    assert '"class_name":"setosa"' in by_key


@EMBEDDED
@pytest.mark.parametrize(
    ("size", "part_size", "parts"),
    [(PART_DEFAULT + 1000, None, 2), (START_SIGN_MAX * PART_MIN + 1000, PART_MIN, START_SIGN_MAX + 1)],
    ids=["two parts", "more parts than one answer signs"],
)
def test_the_lines_send_a_file_of_any_size(
    local_stack: RunningStack, tmp_path: Path, size: int, part_size: int | None, parts: int
) -> None:
    table: Any = np.arange(size // 4)
    (tmp_path / "iris.onnx").write_bytes(onnx_files.lookup(table))
    lines, trained = TRAIN.subn("", _lines())
    assert trained == 1
    if part_size:  # the default would need a file of 136 MB
        lines = lines.replace(r"{\"version\"", rf"{{\"part_size\": {part_size}, \"version\"")
    until_checked = lines[: lines.index("post /api/v1/models/$MODEL/versions/1.0.0/publish")]

    printed = _paste(local_stack, f'{until_checked}\necho "$n parts"', tmp_path)

    assert printed.splitlines()[-2:] == ["ready", f"{parts} parts"]
