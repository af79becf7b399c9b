"""The registry as a process: its start, its stop, and the effect of a crash on callers."""

import asyncio
import signal
import socket
import subprocess
import sys
import time

import pytest

from local.servers.ports import free_port
from maas.domain.catalog.models import ModelChange
from maas.domain.errors import Unavailable
from tests.support.aws import Aws
from tests.support.redis_server import redis_server
from tests.support.registry_client import GrpcRegistry
from tests.support.registry_process import enrolled_at, environment, ready, registry_process, service_keys
from tests.support.registry_server import make_model, make_published


def failed_start(aws: Aws, **changes: str) -> "subprocess.CompletedProcess[str]":
    """Runs the registry with settings that make its start fail, and returns the ended process."""
    command, given = [sys.executable, "-m", "functions.registry"], environment(aws, **changes)
    return subprocess.run(command, env=given, capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"MAAS_REGISTRY_AUTH": "off", "MAAS_REGISTRY_LISTEN": "0.0.0.0:9090"}, "refused on 0.0.0.0:9090"),
        ({"MAAS_REGISTRY_AUTH": "off", "MAAS_REGISTRY_LISTEN": "[::]:9090"}, "refused on [::]:9090"),
        ({"MAAS_REGISTRY_AUTH": "of"}, "MAAS_REGISTRY_AUTH must be on or off"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL, and not 'LOUD'"),
        ({"MAAS_REGISTRY_METRICS_LISTEN": "192.0.2.1:9464"}, "MAAS_REGISTRY_METRICS_LISTEN: 192.0.2.1:9464 can't be"),
        ({"MAAS_REGISTRY_TLS_KEY": "/no/tls.key"}, "MAAS_REGISTRY_TLS_CERT is not set"),
        (
            {"MAAS_REGISTRY_TLS_CERT": "/no/tls.crt", "MAAS_REGISTRY_TLS_KEY": "/no/tls.key"},
            "MAAS_REGISTRY_TLS_CERT: /no/tls.crt can't be read: No such file or directory",
        ),
    ],
)
def test_a_bad_setting_ends_the_process_with_one_sentence(aws: Aws, changes: dict[str, str], complaint: str) -> None:
    run = failed_start(aws, **changes)
    assert run.returncode == 2
    assert run.stderr.startswith("registry: ")
    assert complaint in run.stderr
    assert "Traceback" not in run.stderr


def test_the_process_does_not_start_without_its_keys(aws: Aws) -> None:
    run = failed_start(aws, MAAS_SERVICE_SECRET="nothing")
    assert run.returncode == 1
    assert run.stderr == "registry: a secret that this needs can't be read just now; try again\n"
    assert "ResourceNotFoundException" in run.stdout


def test_a_taken_address_ends_the_process_with_one_sentence(aws: Aws) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for listen in (f"127.0.0.1:{taken.getsockname()[1]}", "192.0.2.1:9090"):
            run = failed_start(aws, MAAS_REGISTRY_LISTEN=listen)
            assert run.returncode == 2
            assert f"registry: MAAS_REGISTRY_LISTEN: {listen} can't be listened on" in run.stderr
            assert "Traceback" not in run.stderr


async def test_sigterm_ends_the_process_with_status_0(aws: Aws) -> None:
    address = f"127.0.0.1:{free_port()}"
    with registry_process(aws, MAAS_REGISTRY_LISTEN=address) as process:
        await ready(address)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 10) == 0


async def test_calls_work_again_soon_after_a_crash(aws: Aws) -> None:
    address = f"127.0.0.1:{free_port()}"
    registry, by = GrpcRegistry(address, service_keys(aws)), enrolled_at(aws)
    with registry_process(aws, MAAS_REGISTRY_LISTEN=address) as process:
        await ready(address)
        model = await make_model(registry, by)
        process.kill()
        process.wait()
        started = time.monotonic()
        with pytest.raises(Unavailable):
            await registry.get_model(by, model.id)
        assert time.monotonic() - started < 6
    with registry_process(aws, MAAS_REGISTRY_LISTEN=address):
        await ready(address)
        await asyncio.sleep(1.5)
        assert await registry.get_model(by, model.id) == model
    await registry.close()


async def test_the_process_keeps_serving_when_redis_dies(aws: Aws) -> None:
    address = f"127.0.0.1:{free_port()}"
    registry, by = GrpcRegistry(address, service_keys(aws)), enrolled_at(aws)
    with redis_server() as redis, registry_process(aws, MAAS_REGISTRY_LISTEN=address, MAAS_REDIS_URL=redis.url):
        await ready(address)
        model = await make_model(registry, by)
        assert await registry.get_model(by, model.id) == model
        redis.kill()
        changed = await registry.update_model(by, model.id, ModelChange(description="without Redis"))
        assert await registry.get_model(by, model.id) == changed
        published = await make_published(registry, by, model)
        assert await registry.get_version(by, model.id, "latest") == published
        await registry.delete_model(by, model.id)
    await registry.close()
