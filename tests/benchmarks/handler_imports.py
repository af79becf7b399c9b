"""Measures what importing each HTTP function costs beside its libraries: `python -m tests.benchmarks.handler_imports`.

New processes import a handler or, in turns, what it can't do without: the modules of other packages that it has loaded,
and one boto3 client of each service that it calls. The environment is the one of the template. Figures are seconds of
processor time, medians of 9. The bytecode of all modules is there, as in the layers.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from local.paths import ROOT
from tests.benchmarks.predict_handler import environment_of_worker
from tests.support import stacks

FUNCTIONS = ("Authorizer", "Auth", "Models", "Uploads", "Inference")
_PAIRS = 9
_OWN = """
import sys, time
import botocore.session
services, create = [], botocore.session.Session.create_client
def noted(self, service_name, *arguments, **named):
    services.append(service_name)
    return create(self, service_name, *arguments, **named)
botocore.session.Session.create_client = noted
before = set(sys.modules)
started = time.process_time()
import app
seconds = time.process_time() - started
names = [name for name in sys.modules if name not in before and name.partition(".")[0] not in ("maas", "app")]
import json; print(json.dumps([seconds, [names, sorted(set(services))]]), flush=True)
import os; os._exit(0)
"""
_LIBRARIES = """
import sys, json, importlib, time
import botocore.session
names, services = json.load(sys.stdin)
started = time.process_time()
for name in names:
    try:
        importlib.import_module(name)
    except ImportError:  # made by another module, as six.moves is
        pass
import boto3
for service in services:
    boto3.client(service)
print(json.dumps([time.process_time() - started, []]), flush=True)
import os; os._exit(0)
"""


def main() -> None:
    """Prints a table with a row for each function."""
    with tempfile.TemporaryDirectory() as name, stacks.running_stack(Path(name), "embedded") as stack:
        user = stack.user()
        user.api.post(f"/api/v1/models/{user.publish_largest()}/predict", {"features": [1, 2, 3, 4]})
        print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
        print("| function | handler | libraries | ratio |\n| --- | --- | --- | --- |")
        for function in FUNCTIONS:
            environment = environment_of_worker(stack, f"{function}Function")
            code = ROOT / "functions" / function.lower()
            found = [_pair(code, environment) for _ in range(_PAIRS)]
            own, libraries = (median(each) for each in zip(*found, strict=True))
            print(f"| {function.lower()} | {own:.3f} | {libraries:.3f} | {own / libraries:.2f} |", flush=True)


def _pair(code: Path, environment: dict[str, str]) -> tuple[float, float]:
    own, needs = _run(_OWN, code, environment)
    return own, _run(_LIBRARIES, code, environment, needs)[0]


def _run(program: str, code: Path, environment: dict[str, str], needs: Any = None) -> Any:
    command = [sys.executable, "-c", program]
    text = json.dumps(needs)
    done = subprocess.run(command, cwd=code, env=environment, input=text, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
