"""Measures the function's handler for a prediction beside a bare one: `python -m tests.benchmarks.predict_handler`.

One process runs both in turns, with the environment of an inference worker of an embedded stack (see the probe beside
this module). The bare handler is FastAPI, Mangum and ONNX Runtime with a pydantic body and nothing else. Figures are
milliseconds.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.samples import onnx_files
from tests.support import stacks
from tests.support.stacks import ROOT, RunningStack

_EVENT = "events/inference/predict.json"


def event_of(stack: RunningStack) -> Any:
    """Returns an event for a published model of the stack."""
    command = [sys.executable, "-m", "local.events", _EVENT, "--ready-file", str(stack.ready_file)]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


def environment_of_worker(stack: RunningStack, function: str = "InferenceFunction") -> dict[str, str]:
    """Returns the environment of a worker of a function of the stack."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            lines = (folder / "environ").read_bytes().decode(errors="replace").split("\0")
        except OSError:  # it has ended, or is another user's
            continue
        found = dict(line.split("=", 1) for line in lines if "=" in line)
        of_stack = found.get("MAAS_AWS_ENDPOINT") == stack.ready["aws"]
        if of_stack and found.get("AWS_LAMBDA_FUNCTION_NAME", "").endswith(function):
            return found
    raise SystemExit(f"no worker of {function} runs")


def main() -> None:
    with tempfile.TemporaryDirectory() as name, stacks.running_stack(Path(name), "embedded") as stack:
        user = stack.user()
        user.api.post(f"/api/v1/models/{user.publish_largest()}/predict", {"features": [1, 2, 3, 4]})
        job = Path(name) / "job.json"
        job.write_text(json.dumps({"event": event_of(stack), "file": str(Path(name) / "model.onnx")}))
        (Path(name) / "model.onnx").write_bytes(onnx_files.largest_of_four())
        print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
        environment = environment_of_worker(stack)
        environment["PYTHONPATH"] += f":{ROOT}"
        command = [sys.executable, "-m", "tests.benchmarks.predict_handler_probe", str(job), *sys.argv[1:]]
        # The log of the handler goes to a file, as that of a worker does; the table comes on stderr.
        with (Path(name) / "probe.log").open("w") as log:
            subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=log)


if __name__ == "__main__":
    main()
