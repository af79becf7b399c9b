"""The table of running servers, and command lines to paste."""

import io
import json
import shlex
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


def text(ready: dict[str, Any], *, demo: bool = False, detached: bool = False) -> str:
    """Returns the table and the lines to paste; with `demo`, without lines for HTTP, which the demo prints itself."""
    output = io.StringIO()
    console = Console(file=output, width=120, soft_wrap=True)
    console.print(_table(ready))
    lines = [_addresses(ready), *([] if demo else _http_lines(ready)), *_grpc_lines(ready), *_sam_lines(ready)]
    console.print("\n".join(["", *lines, "", *_end(ready, detached=detached)]), markup=False, highlight=False)
    return output.getvalue()


def status_text(status: dict[str, Any]) -> str:
    """Returns the tables of `local/status`."""
    output = io.StringIO()
    console = Console(file=output, width=120, soft_wrap=True)
    size = f"{_mib(status['disk_bytes'])} of data in {status['data']}"
    problems = "".join(f"\nproblem: {line}" for line in status["problems"])
    if not status["running"]:
        return f"nothing runs; {size}{problems}"
    parts = Table("part", "state", title="ready" if status["ready"] else "not ready")
    for part in status["parts"]:
        parts.add_row(part["name"], part["state"])
    processes = Table("process", "id", "memory")
    for process in status["processes"]:
        processes.add_row(process["name"], str(process["pid"]), _mib(process["memory_bytes"]))
    processes.add_row("together", "", _mib(sum(process["memory_bytes"] for process in status["processes"])))
    console.print(parts, processes)
    console.print(f"{status.get('gateway', 'starting')}; {size}{problems}", markup=False, highlight=False)
    return output.getvalue()


def backup_text(result: dict[str, Any]) -> str:
    """Returns the table of `local/backup` and `local/restore`."""
    output = io.StringIO()
    table = Table("", "", show_header=False, title="backup" if "file" in result else "restored")
    for name in ("file", "data", "stack", "created", "release", "models", "versions", "users", "files"):
        if name in result:
            table.add_row(name, str(result[name]))
    if "bytes" in result:
        table.add_row("size", _mib(result["bytes"]))
    Console(file=output, width=120, soft_wrap=True).print(table)
    return output.getvalue()


def _mib(size: int) -> str:
    return f"{size / 1024**2:,.0f} MiB"


def _end(ready: dict[str, Any], *, detached: bool) -> list[str]:
    option = f" --data {shlex.quote(ready['data'])}" if ready["data"] else ""
    if detached:
        return [f"./local/status{option} shows how it is; ./local/down{option} stops everything, and the data stays."]
    stays = f"the data stays in {ready['data']}" if ready["data"] else "nothing but the logs stays"
    return [f"Press Ctrl-C to stop everything; {stays}."]


def _table(ready: dict[str, Any]) -> Table:
    table = Table("server", "address", "details", title="MaaS is running")
    sam = ready["kind"] == "sam"
    api = "HTTP API by sam local start-api, functions in Lambda's image" if sam else "HTTP API and its functions"
    table.add_row("gateway", ready["gateway"], api)
    registry = f"gRPC, model.ModelService{', container ' + ready['containers']['registry'] if sam else ''}"
    table.add_row("registry", ready["registry"], registry)
    if predictor := ready.get("predictor"):
        table.add_row("predictor", predictor, "gRPC, inference.GRPCInferenceService")
    if ready["metrics"]:
        table.add_row("metrics", f"http://{ready['metrics']}/metrics", "Prometheus, of the registry")
    if ready.get("prometheus"):
        table.add_row("prometheus", ready["prometheus"], "metrics of the gateway")
    if ready.get("grafana"):
        table.add_row("grafana", ready["grafana"], "dashboards")
    table.add_row("s3", ready["s3"], f"{ready['s3_kind']}, bucket {ready['bucket']}")
    table.add_row("redis", ready["redis"] or "-", "cache" if ready["redis"] else "not found: no shared cache")
    table.add_row("tables", ready["table_store"], f"{ready['table_store_kind']}: DynamoDB")
    table.add_row("aws", ready["aws"], "moto: SQS, Secrets Manager, EventBridge")
    table.add_row("mail", ready["mail"], f"SMTP; all mail is in {ready['mailbox']}")
    table.add_row("user", ready["user"]["email"], f"password {ready['user']['password']}")
    table.add_row("logs", ready["logs"], "one file per server" if sam else "one file per server and function")
    return table


def _addresses(ready: dict[str, Any]) -> str:
    predictor = f" PREDICTOR={ready['predictor']}" if ready.get("predictor") else ""
    return f"GATEWAY={ready['gateway']} REGISTRY={ready['registry']}{predictor}"


def _http_lines(ready: dict[str, Any]) -> list[str]:
    api, user = ready["gateway"], ready["user"]
    return [
        login_line(api, user["email"], user["password"]),
        f'curl -s {api}/api/v1/models -H "authorization: Bearer $TOKEN"',
    ]


def _grpc_lines(ready: dict[str, Any]) -> list[str]:
    if ready["registry_auth"] != "off":
        bearer = '-H "authorization: Bearer $TOKEN"'
        return [f"grpcurl -plaintext {bearer} {ready['registry']} model.ModelService/ListModels"]
    return [
        f"grpcurl -plaintext {ready['registry']} list model.ModelService",
        f"grpcurl -plaintext {ready['registry']} grpc.health.v1.Health/Check",
        f"grpcurl -plaintext -d '{{\"limit\": 5}}' {ready['registry']} model.ModelService/ListModels",
    ]


def _sam_lines(ready: dict[str, Any]) -> list[str]:
    if ready["kind"] != "sam":
        return []
    sam, config = ".venv/bin/python -m local.sam local invoke", ready["samconfig"]
    file = "events/inference/predict.json"
    made = f".venv/bin/python -m local.events {file} --ready-file {Path(config).with_name('ready.json')}"
    return [
        f"{sam} AuthFunction -e events/auth/jwks.json --config-file {config}",
        f"{made} | {sam} InferenceFunction -e - --config-file {config}",
    ]


def login_line(api: str, email: str, password: str) -> str:
    """Returns a command line that sets $TOKEN to an access token."""
    login = json.dumps({"email": email, "password": password})
    access = "python3 -c 'import json, sys; print(json.load(sys.stdin)[\"access_token\"])'"
    return f"TOKEN=$(curl -s {api}/api/v1/auth/login -H 'content-type: application/json' -d '{login}' | {access})"
