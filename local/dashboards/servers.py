"""Starts what `--dashboards` asks for, and tells what this machine does not have."""

import asyncio
import json
from dataclasses import dataclass

from local import programs
from local.dashboards import launchers
from local.errors import StackError
from local.public.names import LOOPBACK
from local.servers.run_context import RunContext

_NO_METRICS = "--dashboards: with --sam the gateway has no metrics"
_NO_PROMETHEUS = "Prometheus is not on PATH and can't be fetched, so nothing collects metrics; it needs {reason}"
_NO_GRAFANA = "Grafana is not on PATH: import the files of local/dashboards/grafana into one with the data source {url}"


@dataclass(frozen=True, slots=True)
class Servers:
    """Addresses of the servers that run."""

    prometheus: str | None = None
    grafana: str | None = None


async def start(context: RunContext, gateway: str) -> Servers:
    """Starts Prometheus, which reads the metrics of the gateway, and Grafana if it is on PATH.

    Prometheus is fetched if it is missing. What can't be had becomes a remark. Raises StackError
    if one that is there does not start.
    """
    if not context.options.dashboards:
        return Servers()
    if context.options.sam:
        return _without(context, _NO_METRICS)
    if reason := programs.find("prometheus") is None and programs.missing_tool("prometheus"):
        return _without(context, _NO_PROMETHEUS.format(reason=reason))
    try:
        program = await asyncio.to_thread(programs.find_or_build, "prometheus")
    except StackError:
        return _without(context, _NO_PROMETHEUS.format(reason="what local/tools/get-prometheus says"))
    collector = await _start_prometheus(context, program, gateway)
    if (grafana := programs.find("grafana")) is None:
        return _without(context, _NO_GRAFANA.format(url=collector), Servers(collector))
    return Servers(collector, await _start_grafana(context, grafana, collector))


async def _start_prometheus(context: RunContext, program: str, gateway: str) -> str:
    port, config = context.port("prometheus"), context.folder.run / "prometheus.json"
    config.write_text(json.dumps(launchers.scraping(gateway.removeprefix("http://"))))
    await context.start_process(launchers.prometheus(program, port, context.folder.path / "prometheus", config))
    return f"http://{LOOPBACK}:{port}"


async def _start_grafana(context: RunContext, program: str, prometheus: str) -> str:
    port, provisioning = context.port("grafana"), context.folder.run / "grafana"
    launchers.provision(provisioning, prometheus)
    await context.start_process(launchers.grafana(program, port, context.folder.path / "grafana", provisioning))
    return f"http://{LOOPBACK}:{port}"


def _without(context: RunContext, remark: str, started: Servers | None = None) -> Servers:
    context.remarks.append(remark)
    return started or Servers()
