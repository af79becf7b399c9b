"""The stack's samconfig file."""

import json
from pathlib import Path

from local.sam import config


def test_a_stack_adds_its_settings_to_every_command_that_runs_functions(tmp_path: Path) -> None:
    config.write(tmp_path / "samconfig.yaml", {"docker_network": "maas-1"})

    written = json.loads((tmp_path / "samconfig.yaml").read_text())["default"]
    assert written["local_start_api"]["parameters"] == {"warm_containers": "LAZY", "docker_network": "maas-1"}
    assert written["local_start_lambda"]["parameters"] == {"warm_containers": "LAZY", "docker_network": "maas-1"}
    assert written["local_invoke"]["parameters"]["docker_network"] == "maas-1"
    assert "docker_network" not in written["deploy"]["parameters"]
