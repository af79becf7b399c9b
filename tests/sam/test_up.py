"""`local/up --sam`: its output, its errors, and that nothing is left behind after it ends."""

import json
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local.paths import ROOT
from local.sam import docker
from tests.support.docker_traces import left_behind, name_of
from tests.support.rounds import FULL
from tests.support.stacks import RunningStack, up
from tests.support.waiting import until

pytestmark = pytest.mark.sam
_START, _STOP = 600.0, 60.0


def _start(*options: str) -> "subprocess.Popen[str]":
    command = [*up("sam"), *options]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("moment", ["sam build", "starting registry"] if FULL else ["starting registry"])
def test_a_stack_interrupted_during_its_start_leaves_nothing_behind(moment: str) -> None:
    process, output = _start(), ""
    assert process.stderr is not None
    for line in process.stderr:
        output += line
        if line.startswith(moment):
            break
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=_STOP)

    assert (process.returncode, rest.splitlines()) == (130, ["stopping"])
    assert left_behind(name_of(output)) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_a_killed_stack_leaves_nothing_but_its_logs(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    process = _start("--ready-file", str(ready))
    until(lambda: ready.exists() or process.poll() is not None, _START)
    assert process.poll() is None, process.communicate()[1]
    details = json.loads(ready.read_text())
    network, logs = details["network"], Path(details["logs"])
    assert len(left_behind(network)) > 2

    process.kill()
    process.communicate()

    until(lambda: left_behind(network) == [] and list(logs.parent.iterdir()) == [logs], _STOP)


@pytest.mark.skipif(not FULL, reason="TEST_ROUNDS=full runs it; a stack without SAM refuses parameters as well")
def test_an_unknown_parameter_is_one_line_and_leaves_nothing_behind() -> None:
    process = _start("--parameter", "Colour=blue")
    _, output = process.communicate(timeout=_START)

    assert process.returncode == 1
    assert (
        output.splitlines()[-1]
        == "Error: template.yaml, Parameters.Colour: the template does not declare this parameter"
    )
    assert left_behind(name_of(output)) == []


def test_parallel_calls_are_all_answered(sam_stack: RunningStack) -> None:
    user = sam_stack.user()

    def list_models(_: int) -> int:
        return user.api.request("GET", "/api/v1/models").status_code

    with ThreadPoolExecutor(12) as pool:
        assert set(pool.map(list_models, range(48))) == {200}


def test_the_registry_s_container_is_read_only_and_unprivileged(sam_stack: RunningStack) -> None:
    [registry] = json.loads(docker.run("inspect", sam_stack.ready["containers"]["registry"]))

    assert registry["HostConfig"]["ReadonlyRootfs"]
    assert registry["HostConfig"]["CapDrop"] == ["ALL"]
    assert registry["Config"]["User"] not in ("", "0", "root")


def test_servers_are_on_loopback_and_containers_do_not_use_it(sam_stack: RunningStack) -> None:
    ready = sam_stack.ready
    [registry] = json.loads(docker.run("inspect", ready["containers"]["registry"]))
    bindings = [binding for port in registry["NetworkSettings"]["Ports"].values() for binding in port or []]

    assert {binding["HostIp"] for binding in bindings} == {"127.0.0.1"}
    assert all("//127.0.0.1:" in ready[name] for name in ("gateway", "s3", "aws", "table_store", "redis"))
    inside = [ready["parameters"][name] for name in ("AwsEndpoint", "TablesEndpoint", "S3Endpoint", "RedisUrl")]
    assert not any("//127.0.0.1:" in address for address in inside)
    assert ready["parameters"]["S3PublicEndpoint"] == ready["s3"]
