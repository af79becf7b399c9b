"""The registry's image: what is in it, how it is locked up, health, its end, TLS; and when it is built."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import programs
from local.aws_account import CREDENTIALS
from local.errors import StackError
from local.paths import ROOT
from local.sam import docker, registry_image
from local.sam.docker import DockerError
from local.servers.launchers import moto
from local.servers.ports import free_port
from maas.adapters.registry.client import GrpcRegistry
from maas.security import tokens
from tests.sam.registry_container import Container, built_image, running
from tests.support.aws import Aws, provision
from tests.support.certificates import Authority, Pair
from tests.support.registry_process import service_keys
from tests.support.registry_server import make_model, person
from tests.support.server_processes import server

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives a container the host's network")

# Measured: 59 MB of packages, 1 of ours, 14 of bytecode for the standard library, which the official image has none of.
MOST_OVER_BASE = 90_000_000
SERVER = ("server.crt", "server.key")


@pytest.fixture(scope="module")
def image() -> str:
    return built_image()


def environment(aws: Aws, port: int, **changes: str) -> dict[str, str]:
    declared = aws.application.containers[0].environment
    return {**CREDENTIALS, **declared, "MAAS_REGISTRY_LISTEN": f"127.0.0.1:{port}", **changes}


def tls(*names: str, client_ca: str = "") -> dict[str, str]:
    """Settings for the files of these names, mounted at /certificates."""
    variables = ("MAAS_REGISTRY_TLS_CERT", "MAAS_REGISTRY_TLS_KEY", "MAAS_REGISTRY_TLS_CLIENT_CA")
    return {
        variable: f"/certificates/{name}" for variable, name in zip(variables, (*names, client_ca), strict=True) if name
    }


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def container(image: str, aws: Aws, port: int) -> Iterator[Container]:
    options = ("--health-interval", "1s", "--health-retries", "1")
    with running(image, environment(aws, port), *options) as found:
        found.serves()
        yield found


def test_it_runs_without_root_or_any_capability(container: Container) -> None:
    assert container.execute("id", "-u") == container.execute("id", "-g") == "65532"
    status = dict(line.split(":\t", 1) for line in container.execute("cat", "/proc/1/status").splitlines())
    assert {status[name].strip("0") for name in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb")} == {""}
    assert status["NoNewPrivs"] == "1"


@pytest.mark.parametrize("place", ["/app/x", "/tmp/x", "/usr/local/bin/x"])
def test_nothing_can_be_written(container: Container, place: str) -> None:
    with pytest.raises(DockerError, match="Read-only file system"):
        container.execute("touch", place)


async def test_it_answers_calls(container: Container, aws: Aws, port: int) -> None:
    registry, by = GrpcRegistry(f"127.0.0.1:{port}", service_keys(aws)), person()
    model = await make_model(registry, by)
    assert await registry.get_model(by, model.id) == model
    await registry.close()


def test_its_health_is_told_to_docker(container: Container) -> None:
    _becomes(container, "healthy")
    container.signal("STOP")
    try:
        _becomes(container, "unhealthy")
    finally:
        container.signal("CONT")
    _becomes(container, "healthy")


def _becomes(container: Container, health: str) -> None:
    deadline = time.monotonic() + 40
    while container.state()["Health"]["Status"] != health:
        assert time.monotonic() < deadline, f"not {health}: {container.state()}"
        time.sleep(0.3)


def test_there_is_nothing_to_install_or_to_compile_with(image: str) -> None:
    looked_for = "for name in pip pip3 uv gcc cc make; do command -v $name; done; true"
    assert docker.run("run", "--rm", image, "sh", "-c", looked_for) == ""
    for module in ("pip", "ensurepip"):
        with pytest.raises(DockerError, match=f"No module named '{module}'"):
            docker.run("run", "--rm", image, "python", "-c", f"import {module}")


def test_every_module_comes_with_bytecode(container: Container) -> None:
    code = """
import functions.registry.__main__, functions.registry.health, os, sys
files = [getattr(module, "__cached__", None) for module in sys.modules.values()]
print([file for file in files if file and not os.path.exists(file)], len(files) > 500)
"""
    assert container.execute("python", "-c", code) == "[] True"


def test_it_is_small(image: str, capsys: pytest.CaptureFixture[str]) -> None:
    base = docker.inspect("python:3.13-slim")
    built = docker.inspect(image)
    assert base is not None
    assert built is not None
    more = built["Size"] - base["Size"]
    with capsys.disabled():
        print(f"\n{image}: {built['Size'] / 1e6:.0f} MB, {more / 1e6:.0f} of them over {base['RepoTags'][0]}")
    assert 0 < more <= MOST_OVER_BASE


async def test_sigterm_lets_the_call_under_way_end(image: str, credentials: None) -> None:
    store, port = free_port(), free_port()
    with server(moto(store).argv, store) as process:
        aws = provision(f"http://127.0.0.1:{store}")
        with running(image, environment(aws, port)) as container:
            container.serves()
            registry, by = GrpcRegistry(f"127.0.0.1:{port}", service_keys(aws)), person()
            await make_model(registry, by, "before")
            process.send_signal(signal.SIGSTOP)  # the store is slow, and so is the call
            under_way = asyncio.create_task(make_model(registry, by, "under way"))
            await asyncio.sleep(0.3)
            container.signal("TERM")
            asked = time.monotonic()
            with pytest.raises(DockerError):
                container.execute("python", "-m", "functions.registry.health")
            assert not under_way.done()
            process.send_signal(signal.SIGCONT)
            assert (await under_way).name == "under way"
            assert await asyncio.to_thread(container.wait) == 0
            assert time.monotonic() - asked < 20
            await registry.close()


def grpcurl(*arguments: str) -> "subprocess.CompletedProcess[str]":
    program = programs.find("grpcurl")
    if program is None:
        pytest.skip("no grpcurl on this machine; local/tools/get-grpcurl builds it")
    command = [program, "-max-time", "10", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def signed(aws: Aws) -> tuple[str, str]:
    """The service token that reflection asks for too, as grpcurl takes it."""
    return "-H", f"authorization: Bearer {tokens.sign(service_keys(aws).signing_key(), tokens.SERVICE, person())}"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "certificates")


@pytest.fixture
def mounted(authority: Authority) -> str:
    """A server's pair in the authority's folder, mounted into the container."""
    pair = authority.issue("server")
    return f"--volume={pair.key.parent}:/certificates:ro"


def test_grpcurl_reaches_it_over_tls(image: str, aws: Aws, authority: Authority, mounted: str) -> None:
    port = free_port()
    with running(image, environment(aws, port, **tls(*SERVER)), mounted) as container:
        container.serves()
        listed = grpcurl(*signed(aws), "-cacert", str(authority.certificate), f"localhost:{port}", "list")
        assert "model.ModelService" in listed.stdout.splitlines(), listed.stderr
        assert grpcurl("-plaintext", f"localhost:{port}", "list").returncode != 0
        untrusted = grpcurl(f"localhost:{port}", "list")
        assert (untrusted.returncode != 0, "certificate" in untrusted.stderr) == (True, True)


def test_with_a_client_ca_grpcurl_needs_a_certificate_of_it(
    image: str, aws: Aws, authority: Authority, mounted: str
) -> None:
    port, client = free_port(), authority.issue("client")
    mutual = tls(*SERVER, client_ca=authority.certificate.name)
    with running(image, environment(aws, port, **mutual), mounted) as container:
        container.serves()
        ask = (*signed(aws), "-cacert", str(authority.certificate), f"localhost:{port}", "list")
        assert grpcurl(*ask).returncode != 0
        listed = grpcurl("-cert", str(client.certificate), "-key", str(client.key), *ask)
        assert "model.ModelService" in listed.stdout.splitlines(), listed.stderr


def test_a_task_makes_its_own_certificate_in_a_volume(image: str, aws: Aws, tmp_path: Path) -> None:
    volume = docker.run("volume", "create")
    try:
        locked = ("--read-only", "--cap-drop", "ALL", f"--volume={volume}:/tls")
        docker.run("run", "--rm", *locked, image, "python", "-m", "functions.registry.selfsigned", "/tls")
        files = {"MAAS_REGISTRY_TLS_CERT": "/tls/tls.crt", "MAAS_REGISTRY_TLS_KEY": "/tls/tls.key"}
        port = free_port()
        with running(image, environment(aws, port, **files), f"--volume={volume}:/tls:ro") as container:
            container.serves()
            trusted = Pair(tmp_path / "tls.crt", tmp_path / "none")
            trusted.certificate.write_text(container.execute("cat", "/tls/tls.crt"))
            listed = grpcurl(*signed(aws), "-cacert", str(trusted.certificate), f"localhost:{port}", "list")
            assert "model.ModelService" in listed.stdout.splitlines(), listed.stderr
    finally:
        docker.run("volume", "rm", volume)


def test_a_missing_certificate_ends_it_with_one_line(image: str, aws: Aws) -> None:
    with running(image, environment(aws, free_port(), **tls(*SERVER))) as container:
        assert container.wait() == 2
        log = subprocess.run(["docker", "logs", container.id], capture_output=True, text=True, check=True).stderr
        assert (
            log
            == "registry: MAAS_REGISTRY_TLS_CERT: /certificates/server.crt can't be read: No such file or directory\n"
        )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what the image is made of."""
    for line in (".dockerignore", *(ROOT / ".dockerignore").read_text().splitlines()):
        place = line.removeprefix("!")
        if line == ".dockerignore" or line.startswith("!"):
            (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if (ROOT / place).is_dir() else shutil.copy
            copy(ROOT / place, tmp_path / place)
    return tmp_path


def test_it_is_built_once_and_again_when_an_input_changed(
    image: str, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    started = time.monotonic()
    assert registry_image.ensure() == registry_image.ensure(checkout) == image
    assert time.monotonic() - started < 2
    assert capsys.readouterr().err == ""
    source = checkout / "functions/registry/server/server.py"
    source.write_text(source.read_text() + "# changed\n")
    changed = registry_image.ensure(checkout)
    try:
        assert changed != image
        assert capsys.readouterr().err == f"docker build: {changed}, about half a minute\n"
        assert docker.run("run", "--rm", changed, "tail", "-1", "functions/registry/server/server.py") == "# changed"
    finally:
        docker.run("rmi", changed)


def test_a_base_image_that_can_not_be_had_is_named(image: str, checkout: Path) -> None:
    file = checkout / "functions/registry/Dockerfile"
    file.write_text(file.read_text().replace("FROM python:3.13-slim", "FROM 127.0.0.1:1/python:3.13-slim"))
    with pytest.raises(StackError, match=r"the image 127.0.0.1:1/python:3.13-slim is missing and can't be pulled: .*"):
        registry_image.ensure(checkout)


def test_a_build_that_fails_says_where_to_look(image: str, checkout: Path) -> None:
    (checkout / "layers/deps/registry.txt").write_text("no requirement at all")
    with pytest.raises(StackError, match=r"can't be built: .* \(full output: .*registry-image.log\)"):
        registry_image.ensure(checkout)
    assert "no requirement at all" in registry_image.LOG.read_text()


def command(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    argv = [sys.executable, "-m", "local", "registry-image", *arguments]
    return subprocess.run(argv, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False)


def test_the_command_tells_tag_size_and_id(image: str) -> None:
    told = json.loads(command("--json").stdout)
    assert (told["image"], told["pushed"]) == (image, None)
    assert told["id"].startswith("sha256:")
    assert told["megabytes"] > 60


@pytest.mark.parametrize(
    ("arguments", "environment", "complaint"),
    [
        ((), {"PATH": "/nowhere"}, "Docker is not installed: install it"),
        ((), {"DOCKER_HOST": "tcp://127.0.0.1:1"}, "the Docker engine does not respond: start it"),
        (("--push", "127.0.0.1:1/maas"), {}, "can't be pushed"),
    ],
)
def test_what_stands_in_the_way_is_told_in_one_line(
    image: str, arguments: tuple[str, ...], environment: dict[str, str], complaint: str
) -> None:
    done = command(*arguments, **environment)
    assert done.returncode == 1
    assert complaint in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
