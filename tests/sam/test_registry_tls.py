"""TLS of the registry's container, as grpcurl uses it."""

import subprocess
from pathlib import Path

import pytest

from local import programs
from local.sam import docker
from local.servers.ports import free_port
from maas.security import tokens
from tests.sam.registry_container import LINUX_ONLY, environment, running
from tests.support.aws import Aws
from tests.support.certificates import Authority, Pair
from tests.support.registry_process import enrolled_at, service_keys

pytestmark = LINUX_ONLY
SERVER = ("server.crt", "server.key")


def tls(*names: str, client_ca: str = "") -> dict[str, str]:
    """Returns the settings for files with these names, mounted at /certificates."""
    variables = ("MAAS_REGISTRY_TLS_CERT", "MAAS_REGISTRY_TLS_KEY", "MAAS_REGISTRY_TLS_CLIENT_CA")
    return {
        variable: f"/certificates/{name}" for variable, name in zip(variables, (*names, client_ca), strict=True) if name
    }


def grpcurl(*arguments: str) -> "subprocess.CompletedProcess[str]":
    program = programs.find("grpcurl")
    if program is None:
        pytest.skip("grpcurl is not installed; local/tools/get-grpcurl builds it")
    command = [program, "-max-time", "10", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def signed(aws: Aws) -> tuple[str, str]:
    """Returns grpcurl's arguments for a service token, which reflection requires as well."""
    token = tokens.sign(service_keys(aws).signing_key(), tokens.SERVICE, enrolled_at(aws))
    return "-H", f"authorization: Bearer {token}"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "certificates")


@pytest.fixture
def mounted(authority: Authority) -> str:
    """The option that mounts the authority's folder with a server's key pair into the container."""
    pair = authority.issue("server")
    return f"--volume={pair.key.parent}:/certificates:ro"


def test_grpcurl_reaches_it_over_tls(image: str, aws: Aws, authority: Authority, mounted: str) -> None:
    port = free_port()
    with running(image, environment(aws, port, **tls(*SERVER)), mounted) as container:
        container.wait_until_serving()
        listed = grpcurl(*signed(aws), "-cacert", str(authority.certificate), f"localhost:{port}", "list")
        assert "model.ModelService" in listed.stdout.splitlines(), listed.stderr
        assert grpcurl("-plaintext", f"localhost:{port}", "list").returncode != 0
        untrusted = grpcurl(f"localhost:{port}", "list")
        assert (untrusted.returncode != 0, "certificate" in untrusted.stderr) == (True, True)


def test_a_client_ca_requires_a_client_certificate(image: str, aws: Aws, authority: Authority, mounted: str) -> None:
    port, client = free_port(), authority.issue("client")
    mutual = tls(*SERVER, client_ca=authority.certificate.name)
    with running(image, environment(aws, port, **mutual), mounted) as container:
        container.wait_until_serving()
        arguments = (*signed(aws), "-cacert", str(authority.certificate), f"localhost:{port}", "list")
        assert grpcurl(*arguments).returncode != 0
        listed = grpcurl("-cert", str(client.certificate), "-key", str(client.key), *arguments)
        assert "model.ModelService" in listed.stdout.splitlines(), listed.stderr


def test_a_task_makes_its_own_certificate_in_a_volume(image: str, aws: Aws, tmp_path: Path) -> None:
    volume = docker.run("volume", "create")
    try:
        locked = ("--read-only", "--cap-drop", "ALL", f"--volume={volume}:/tls")
        docker.run("run", "--rm", *locked, image, "python", "-m", "maas.grpc_server.selfsigned", "/tls")
        files = {"MAAS_REGISTRY_TLS_CERT": "/tls/tls.crt", "MAAS_REGISTRY_TLS_KEY": "/tls/tls.key"}
        port = free_port()
        with running(image, environment(aws, port, **files), f"--volume={volume}:/tls:ro") as container:
            container.wait_until_serving()
            trusted = Pair(tmp_path / "tls.crt", tmp_path / "none")
            trusted.certificate.write_text(container.execute("cat", "/tls/tls.crt"))
            listed = grpcurl(*signed(aws), "-cacert", str(trusted.certificate), f"localhost:{port}", "list")
            assert "model.ModelService" in listed.stdout.splitlines(), listed.stderr
    finally:
        docker.run("volume", "rm", volume)


def test_a_missing_certificate_is_reported_in_one_line(image: str, aws: Aws) -> None:
    with running(image, environment(aws, free_port(), **tls(*SERVER))) as container:
        assert container.wait() == 2
        log = subprocess.run(["docker", "logs", container.id], capture_output=True, text=True, check=True).stderr
        assert (
            log
            == "registry: MAAS_REGISTRY_TLS_CERT: /certificates/server.crt can't be read: No such file or directory\n"
        )
