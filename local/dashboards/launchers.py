"""Command lines, environments and configuration of Prometheus and Grafana. Both are on loopback alone."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.public.names import LOOPBACK
from local.servers import processes
from local.servers.managed_process import ProcessSpec
from local.servers.probes import http_success

FILES = Path(__file__).with_name("grafana")
_RETENTION = "15d"
# Where the packages of Linux distributions have Grafana's own files.
_GRAFANA_HOME = Path("/usr/share/grafana")


def prometheus(program: str, port: int, data: Path, config: Path) -> ProcessSpec:
    """Prometheus with its series in the folder `data`. No web page may read them."""
    argv = [
        program,
        f"--config.file={config}",
        f"--storage.tsdb.path={data}",
        f"--storage.tsdb.retention.time={_RETENTION}",
        f"--web.listen-address={LOOPBACK}:{port}",
        "--web.cors.origin=a^",  # matches nothing; by default every page of a browser may read
        "--log.level=warn",
    ]
    return ProcessSpec("prometheus", argv, processes.shell(), http_success(f"http://{LOOPBACK}:{port}/-/ready"))


def scraping(target: str) -> dict[str, Any]:
    """Prometheus' configuration; JSON is YAML too. `target` is the gateway, as host:port."""
    job = {"job_name": "maas", "static_configs": [{"targets": [target]}]}
    return {"global": {"scrape_interval": "5s"}, "scrape_configs": [job]}


def grafana(program: str, port: int, data: Path, provisioning: Path) -> ProcessSpec:
    """Grafana, which shows the dashboards without a login."""
    own = Path(program).resolve().parents[1]
    home = own if (own / "conf" / "defaults.ini").exists() else _GRAFANA_HOME
    argv = [program, "server", f"--homepath={home}"]
    environment = processes.shell() | _grafana_environment(port, data, provisioning)
    probe = http_success(f"http://{LOOPBACK}:{port}/api/health")
    return ProcessSpec("grafana", argv, environment, probe, start_timeout=60)


def _grafana_environment(port: int, data: Path, provisioning: Path) -> dict[str, str]:
    return {
        "GF_SERVER_HTTP_ADDR": LOOPBACK,
        "GF_SERVER_HTTP_PORT": str(port),
        "GF_SERVER_DOMAIN": LOOPBACK,
        "GF_SERVER_ENFORCE_DOMAIN": "true",
        "GF_PATHS_DATA": str(data),
        "GF_PATHS_LOGS": str(data / "log"),
        "GF_PATHS_PLUGINS": str(data / "plugins"),
        "GF_PATHS_PROVISIONING": str(provisioning),
        "GF_AUTH_ANONYMOUS_ENABLED": "true",
        "GF_AUTH_ANONYMOUS_ORG_ROLE": "Viewer",
        "GF_ANALYTICS_REPORTING_ENABLED": "false",
        "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
        "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
    }


def provision(folder: Path, prometheus_url: str) -> None:
    """Writes what Grafana reads at its start: the data source, which the dashboards name, and their folder."""
    source = {"name": "MaaS", "uid": "maas", "type": "prometheus", "access": "proxy", "url": prometheus_url}
    place = {"name": "maas", "type": "file", "options": {"path": str(FILES)}}
    _write(folder / "datasources" / "maas.yaml", {"apiVersion": 1, "datasources": [source]})
    _write(folder / "dashboards" / "maas.yaml", {"apiVersion": 1, "providers": [place]})


def _write(file: Path, content: Mapping[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content))
