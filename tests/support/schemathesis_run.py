"""Runs schemathesis with the committed document against a stack."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.paths import ROOT
from tests.support.fuzz_world import fuzz_world
from tests.support.stacks import RunningStack

SEEDS = (20261129, 1, 2)


@dataclass(frozen=True, slots=True)
class Run:
    """`answers` counts them by method, path and status; `beyond` counts refusals that no schema can tell, by rule."""

    code: int
    output: str
    answers: Mapping[str, int]
    beyond: Mapping[str, int]

    @property
    def requests(self) -> int:
        return sum(self.answers.values())

    @property
    def succeeded(self) -> set[str]:
        """The operations that answered with a success."""
        return {answer.rpartition(" ")[0] for answer in self.answers if answer.rpartition(" ")[2].startswith("2")}

    @property
    def failed(self) -> set[str]:
        """The answers with a status of 500 and more."""
        return {answer for answer in self.answers if answer.rpartition(" ")[2] >= "500"}

    def __str__(self) -> str:
        operations = {answer.rpartition(" ")[0] for answer in self.answers}
        statuses: Counter[str] = Counter()
        for answer, times in self.answers.items():
            statuses[answer.rpartition(" ")[2]] += times
        return (
            f"{self.requests} requests to {len(operations)} operations, {len(self.succeeded)} of which succeeded; "
            f"answers by status: {dict(sorted(statuses.items()))}; beyond schemas: {dict(sorted(self.beyond.items()))}"
        )


def schemathesis_run(stack: RunningStack, folder: Path, seed: int, *options: str) -> Run:
    """Runs all checks with `options`; the output and counts are in `folder` too."""
    world, counts = folder / "world.json", folder / "counts.json"
    world.write_text(json.dumps(fuzz_world(stack)))
    program = str(Path(sys.executable).with_name("schemathesis"))
    command = [program, "--config-file", "tests/support/schemathesis.toml", "run", "docs/openapi.json"]
    command += ["--url", stack.url, "--checks", "all", "--seed", str(seed), "--no-color", *options]
    path = os.pathsep.join((str(ROOT), str(ROOT / "layers/shared/python"), str(ROOT / "clients/python/src")))
    environment = {**os.environ, "PYTHONPATH": path, "FUZZ_WORLD": str(world), "FUZZ_COUNTS": str(counts)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    (folder / "schemathesis.log").write_text(done.stdout + done.stderr)
    found = json.loads(counts.read_text()) if counts.exists() else {}
    return Run(done.returncode, done.stdout + done.stderr, found.get("answers", {}), found.get("beyond", {}))
