"""The registry's container: privileges, health, calls and its end."""

import asyncio
import signal
import time
from collections.abc import Iterator

import pytest

from local.sam.docker import DockerError
from local.servers.launchers import moto
from local.servers.ports import free_port
from tests.sam.registry_container import LINUX_ONLY, Container, environment, running
from tests.support.aws import Aws, provision
from tests.support.registry_client import GrpcRegistry
from tests.support.registry_process import enrolled_at, service_keys
from tests.support.registry_server import make_model
from tests.support.server_processes import server

pytestmark = LINUX_ONLY


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def container(image: str, aws: Aws, port: int) -> Iterator[Container]:
    options = ("--health-interval", "1s", "--health-retries", "1")
    with running(image, environment(aws, port), *options) as found:
        found.wait_until_serving()
        yield found


def test_it_runs_without_root_and_capabilities(container: Container) -> None:
    assert container.execute("id", "-u") == container.execute("id", "-g") == "65532"
    status = dict(line.split(":\t", 1) for line in container.execute("cat", "/proc/1/status").splitlines())
    assert {status[name].strip("0") for name in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb")} == {""}
    assert status["NoNewPrivs"] == "1"


@pytest.mark.parametrize("place", ["/app/x", "/tmp/x", "/usr/local/bin/x"])
def test_its_file_system_is_read_only(container: Container, place: str) -> None:
    with pytest.raises(DockerError, match="Read-only file system"):
        container.execute("touch", place)


async def test_it_answers_calls(container: Container, aws: Aws, port: int) -> None:
    registry, by = GrpcRegistry(f"127.0.0.1:{port}", service_keys(aws)), enrolled_at(aws)
    model = await make_model(registry, by)
    assert await registry.get_model(by, model.id) == model
    await registry.close()


def test_docker_gets_its_health(container: Container) -> None:
    _wait_for_health(container, "healthy")
    container.signal("STOP")
    try:
        _wait_for_health(container, "unhealthy")
    finally:
        container.signal("CONT")
    _wait_for_health(container, "healthy")


def _wait_for_health(container: Container, health: str) -> None:
    deadline = time.monotonic() + 40
    while container.state()["Health"]["Status"] != health:
        assert time.monotonic() < deadline, f"not {health}: {container.state()}"
        time.sleep(0.3)


def test_every_module_has_bytecode(container: Container) -> None:
    code = """
import functions.registry.__main__, functions.registry.health, os, sys
files = [getattr(module, "__cached__", None) for module in sys.modules.values()]
print([file for file in files if file and not os.path.exists(file)], len(files) > 500)
"""
    assert container.execute("python", "-c", code) == "[] True"


async def test_calls_under_way_finish_after_sigterm(image: str, credentials: None) -> None:
    store, port = free_port(), free_port()
    with server(moto(store).argv, store) as process:
        aws = provision(f"http://127.0.0.1:{store}")
        with running(image, environment(aws, port)) as container:
            container.wait_until_serving()
            registry, by = GrpcRegistry(f"127.0.0.1:{port}", service_keys(aws)), enrolled_at(aws)
            await make_model(registry, by, "before")
            process.send_signal(signal.SIGSTOP)  # the call waits for DynamoDB
            under_way = asyncio.create_task(make_model(registry, by, "under way"))
            await asyncio.sleep(0.3)
            container.signal("TERM")
            stopped = time.monotonic()
            with pytest.raises(DockerError):
                container.execute("python", "-m", "functions.registry.health")
            assert not under_way.done()
            process.send_signal(signal.SIGCONT)
            assert (await under_way).name == "under way"
            assert await asyncio.to_thread(container.wait) == 0
            assert time.monotonic() - stopped < 20
            await registry.close()
