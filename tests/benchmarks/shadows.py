"""Measures what a shadow costs the caller: `python -m tests.benchmarks.shadows`.

One process calls the handler of the inference function with and without the watcher of shadows in turns, for an alias
under a rollout whose candidate fails, ends its process, hangs or answers 50 MB. It has the environment of an inference
worker of an embedded stack, whose function shadow computes the candidates meanwhile. Figures are milliseconds.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.benchmarks.predict_handler import environment_of_worker, event_of
from tests.samples import onnx_files
from tests.support import stacks
from tests.support.stack_users import MODELS, User
from tests.support.stacks import ROOT

CANDIDATES = {
    "fails": onnx_files.failing_of_four,
    "crashes": onnx_files.crashing_of_four,
    "hangs": onnx_files.hanging_of_four,
    "answers 50 MB": onnx_files.huge_of_four,
}


def begun(user: User, candidate: bytes) -> str:
    """Returns a model whose alias has a rollout in which the candidate computes all calls once more."""
    model = user.publish_largest()
    user.publish_next(model, "1.1.0", candidate)
    alias = f"{MODELS}/{model}/aliases/production"
    user.api.success("PUT", alias, {"version": "1.0.0"})
    body = {"candidate": "1.1.0", "plan": "shadow", "steps": [{"percent": 100, "for": 0}], "guards": []}
    user.api.success("PUT", f"{alias}/rollout", {**body, "budget": 1_000_000, "force": "a benchmark"})
    return model


def event_for(user: User, event: Any, model: str) -> Any:
    """The event of a prediction, as a call of this user and of this model."""
    found = json.loads(json.dumps(event).replace(event["pathParameters"]["model_id"], model))
    found["requestContext"]["authorizer"]["lambda"] |= {"sub": user.id, "tenant": user.tenant_id}
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as name, stacks.running_stack(Path(name), "embedded") as stack:
        user = stack.user()
        user.api.post(f"{MODELS}/{user.publish_largest()}/predict", {"features": [1, 2, 3, 4]})
        environment = environment_of_worker(stack)
        environment["PYTHONPATH"] += f":{ROOT}"
        event = event_of(stack)
        for what, candidate in CANDIDATES.items():
            job = Path(name) / "job.json"
            job.write_text(json.dumps({"event": event_for(user, event, begun(user, candidate())), "what": what}))
            print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
            command = [sys.executable, "-m", "tests.benchmarks.shadows_probe", str(job), *sys.argv[1:]]
            with (Path(name) / "probe.log").open("w") as log:
                subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=log)


if __name__ == "__main__":
    main()
