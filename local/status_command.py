"""`local/status`: what runs on a data folder, how it is, and what it uses."""

import json
import sys
from pathlib import Path
from typing import Any

import click
import httpx2

from local import report
from local.data import lock, stored, usage
from local.data.command import HELP_OPTIONS, data_option
from local.data.folder import DEFAULT, read_ready

NOTHING_RUNS = 3  # the exit status that service managers expect
_NOT_READY = 1
_TIMEOUT = 10.0  # seconds


@click.command(context_settings=HELP_OPTIONS)
@data_option
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
def status(data: Path | None, as_json: bool) -> None:
    """Show what runs on a data folder.

    The exit status is 0 if everything is ready, 1 if something is not, and 3 if nothing runs.
    """
    found = of(data or DEFAULT)
    print(json.dumps(found) if as_json else report.status_text(found))
    if not found["running"]:
        sys.exit(NOTHING_RUNS)
    sys.exit(0 if found["ready"] else _NOT_READY)


def of(data: Path) -> dict[str, Any]:
    """Returns the state of the stack on the folder. Sizes are in bytes."""
    pid = lock.holder(data)
    found = {
        "data": str(data),
        "running": pid is not None,
        "pid": pid,
        "disk_bytes": usage.of_folder(data),
        "problems": stored.problems(data),
    }
    if pid is None:
        return found
    ready = read_ready(data)
    if ready is None:
        return found | {"ready": False, "parts": [], "processes": usage.of_processes(pid, {})}
    answer = _readiness(ready["inside"]["gateway"])
    servers = {process: name for name, process in ready["pids"].items()}
    addresses = {name: ready[name] for name in ("gateway", "registry", "s3", "redis", "table_store", "aws")}
    answer["ready"] = answer["ready"] and not found["problems"]
    return found | addresses | answer | {"processes": usage.of_processes(pid, servers)}


def _readiness(gateway: str) -> dict[str, Any]:
    """The answer of `GET /readyz`, or that there is none."""
    try:
        answer = httpx2.get(f"{gateway}/readyz", trust_env=False, timeout=_TIMEOUT).json()
        return {"ready": answer["ready"], "parts": answer["parts"]}
    except (httpx2.TransportError, ValueError, KeyError):
        return {"ready": False, "parts": [{"name": "gateway", "state": "down"}]}
