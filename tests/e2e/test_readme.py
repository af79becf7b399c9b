"""README's lines to use MaaS, run as they are pasted."""

import json
import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.stacks import ROOT, RunningStack

_EMAIL = "me@example.com"


def _blocks(language: str, email: str) -> list[str]:
    section = (ROOT / "README.md").read_text().partition("\n## Use it\n")[2].partition("\n## ")[0]
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)
    return [block.replace(_EMAIL, email) for block in found]


@pytest.mark.kinds("embedded")
def test_readme_s_lines_lead_to_predictions(local_stack: RunningStack, tmp_path: Path) -> None:
    email = f"{secrets.token_hex(6)}@example.com"
    [shell], [python] = _blocks("sh", email), _blocks("python", email)
    assert len(python.strip().splitlines()) <= 11
    (tmp_path / ".venv").symlink_to(Path(sys.prefix))
    (tmp_path / "lines.py").write_text(python)
    path = os.pathsep.join([str(ROOT), str(ROOT / "clients" / "python" / "src")])
    env = {**os.environ, "GATEWAY": local_stack.url, "PYTHONPATH": path, "MAAS_CONFIG_DIR": str(tmp_path / "config")}

    done = subprocess.run(
        ["bash", "-ec", f"{shell}\npython lines.py"], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=110
    )

    assert done.returncode == 0, done.stderr
    *_, pushed, predicted, key, class_name = done.stdout.splitlines()
    assert json.loads(pushed)["state"] == "published"
    assert json.loads(predicted)["class_name"] == "setosa"
    assert re.fullmatch(r"maas_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}", key)
    assert class_name == "a"
