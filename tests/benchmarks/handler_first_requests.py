"""Measures a cold start with its first request: `python -m tests.benchmarks.handler_first_requests`.

New processes import the auth function and answer one request, in turns with groups of routes made on demand and with
all of them made in advance, as for provisioned concurrency (maas/entrypoints/route_groups.py). AWS is moto in a process
of its own. Figures are seconds of processor time of the function alone, medians of 9.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from statistics import median
from typing import Any

from local.aws_account import CREDENTIALS
from local.template.specs import FunctionSpec
from maas.domain.identity.principals import Principal, Role
from tests.benchmarks.handler_imports import environment_of
from tests.support.aws import moto_endpoint, provision
from tests.support.http_gateway import event, person

_TURNS = 9
_ACCOUNT = {"email": "ada@example.com", "password": "correct horse battery"}
# Values of AWS_LAMBDA_INITIALIZATION_TYPE.
_KINDS = ("on-demand", "provisioned-concurrency")
_PROGRAM = """
import sys, json, time
from types import SimpleNamespace
import botocore.session
event, context = json.load(sys.stdin), SimpleNamespace(
    function_name="f", function_version="1", invoked_function_arn="f", memory_limit_in_mb=512, aws_request_id="0",
    get_remaining_time_in_millis=lambda: 29_000)
started = time.process_time()
import app
imported = time.process_time() - started
answer = app.handler(event, context)
assert answer["statusCode"] < 300, answer
print(json.dumps([imported, time.process_time() - started, answer["body"]]), flush=True)
import os; os._exit(0)
"""


def main() -> None:
    """Prints a table with a row for each request and each way."""
    os.environ.update(CREDENTIALS)
    with moto_endpoint() as endpoint:
        spec = provision(endpoint).application.functions["AuthFunction"]
        print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
        print("| first request | groups | import | import and request |\n| --- | --- | --- | --- |")
        for name, request in _requests(spec).items():
            found: dict[str, list[tuple[float, float]]] = {kind: [] for kind in _KINDS}
            for _ in range(_TURNS):
                for kind in _KINDS:
                    found[kind].append(_run(spec, request, kind)[:2])
            for kind, times in found.items():
                imported, whole = (median(each) for each in zip(*times, strict=True))
                print(f"| {name} | {kind} | {imported:.3f} | {whole:.3f} |", flush=True)


def _requests(spec: FunctionSpec) -> Mapping[str, Any]:
    user = json.loads(_run(spec, _event("POST /api/v1/auth/register", _ACCOUNT), _KINDS[0])[2])
    admin = person(Role.ADMIN, subject=user["id"], tenant=user["tenant_id"])
    return {
        "POST /auth/login": _event("POST /api/v1/auth/login", _ACCOUNT),
        "GET /users/me": _event("GET /api/v1/users/me", by=admin),
        "GET /webhooks": _event("GET /api/v1/webhooks", by=admin),
    }


def _event(route: str, body: Any = None, by: Principal | None = None) -> Any:
    method, _, path = route.partition(" ")
    return event(method, path, body=json.dumps(body).encode() if body else None, headers={}, by=by)


def _run(spec: FunctionSpec, request: Any, kind: str) -> Any:
    environment = environment_of(spec) | {"AWS_LAMBDA_INITIALIZATION_TYPE": kind}
    command, text = [sys.executable, "-c", _PROGRAM], json.dumps(request)
    done = subprocess.run(
        command, cwd=spec.code, env=environment, input=text, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
