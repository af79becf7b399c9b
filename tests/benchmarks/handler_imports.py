"""Measures what importing each function costs beside its libraries: `python -m tests.benchmarks.handler_imports`.

New processes import a handler or, in turns, what it can't do without: the modules of other packages that it has loaded,
and one boto3 client of each service that it calls. They do the latter once as any program does, and once with Python's
garbage collector off, as it is for handlers (maas/entrypoints/cold_start.py). The environment is the template's.
Figures are seconds of processor time, medians of 9. The bytecode of all modules is there, as in the layers.

Names of functions as arguments measure these alone.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

from local.aws_account import CREDENTIALS
from local.servers.processes import shell
from local.template.specs import FunctionSpec
from tools.openapi_document.apps import application

_TURNS = 9
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
_UNCOLLECTED = f"import gc; gc.disable()\n{_LIBRARIES}"


def main() -> None:
    """Prints a table with a row for each function."""
    functions = application().functions
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    print("| function | handler | libraries | ratio | uncollected | ratio |\n| --- | --- | --- | --- | --- | --- |")
    for name in sys.argv[1:] or [spec.code.name for spec in functions.values()]:
        spec = functions[f"{name.capitalize()}Function"]
        found = [_turn(spec.code, environment_of(spec)) for _ in range(_TURNS)]
        own, libraries, uncollected = (median(each) for each in zip(*found, strict=True))
        beside = " | ".join(f"{each:.3f} | {own / each:.2f}" for each in (libraries, uncollected))
        print(f"| {name} | {own:.3f} | {beside} |", flush=True)


def environment_of(spec: FunctionSpec) -> dict[str, str]:
    """The environment of a function's process that AWS and the template decide on. Nothing listens at its addresses."""
    names = {"AWS_LAMBDA_FUNCTION_NAME": spec.physical_name, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory)}
    path = os.pathsep.join(map(str, spec.layers))
    return {**shell(), **CREDENTIALS, **names, "PYTHONPATH": path, **spec.environment}


def _turn(code: Path, environment: Mapping[str, str]) -> tuple[float, float, float]:
    own, needs = _run(_OWN, code, environment)
    return own, _run(_LIBRARIES, code, environment, needs)[0], _run(_UNCOLLECTED, code, environment, needs)[0]


def _run(program: str, code: Path, environment: Mapping[str, str], needs: Any = None) -> Any:
    command = [sys.executable, "-c", program]
    text = json.dumps(needs)
    done = subprocess.run(command, cwd=code, env=environment, input=text, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
