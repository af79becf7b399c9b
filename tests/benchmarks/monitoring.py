"""Measures what monitoring costs a prediction: `python -m tests.benchmarks.monitoring`.

One process calls the handler of the inference function in turns without watchers, with its own, and with that of
captures for a model whose owner wants all or 1 % of the predictions to be stored. It has the environment of a worker
of an embedded stack (see the probe beside this module). Figures are milliseconds.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.predict_handler import environment_of_worker, event_of
from tests.support import stacks
from tests.support.stacks import ROOT


def main() -> None:
    with tempfile.TemporaryDirectory() as name, stacks.running_stack(Path(name), "embedded") as stack:
        user = stack.user()
        user.api.post(f"/api/v1/models/{user.publish_largest()}/predict", {"features": [1, 2, 3, 4]})
        job = Path(name) / "job.json"
        job.write_text(json.dumps({"event": event_of(stack)}))
        print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
        environment = environment_of_worker(stack)
        environment["PYTHONPATH"] += f":{ROOT}"
        command = [sys.executable, "-m", "tests.benchmarks.monitoring_probe", str(job), *sys.argv[1:]]
        with (Path(name) / "probe.log").open("w") as log:
            subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=log)


if __name__ == "__main__":
    main()
