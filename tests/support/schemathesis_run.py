"""Runs schemathesis with the committed document against a stack."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.paths import ROOT
from tests.support.fuzz_world import fuzz_world
from tests.support.stacks import RunningStack

SEED = 20261129


@dataclass(frozen=True, slots=True)
class Run:
    """`answers` counts them by method, path and status."""

    code: int
    output: str
    answers: Mapping[str, int]

    @property
    def requests(self) -> int:
        return sum(self.answers.values())


def schemathesis_run(stack: RunningStack, folder: Path, *options: str) -> Run:
    """Runs all checks with `options`; the output and counts are in `folder` too."""
    world, counts = folder / "world.json", folder / "counts.json"
    world.write_text(json.dumps(fuzz_world(stack)))
    program = str(Path(sys.executable).with_name("schemathesis"))
    command = [program, "--config-file", "tests/support/schemathesis.toml", "run", "docs/openapi.json"]
    command += ["--url", stack.url, "--checks", "all", "--seed", str(SEED), "--no-color", *options]
    path = os.pathsep.join((str(ROOT), str(ROOT / "layers/shared/python"), str(ROOT / "clients/python/src")))
    environment = {**os.environ, "PYTHONPATH": path, "FUZZ_WORLD": str(world), "FUZZ_COUNTS": str(counts)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    (folder / "schemathesis.log").write_text(done.stdout + done.stderr)
    answers = json.loads(counts.read_text()) if counts.exists() else {}
    return Run(done.returncode, done.stdout + done.stderr, answers)
