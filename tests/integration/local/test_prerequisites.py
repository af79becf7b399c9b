"""Starts on machines where something is missing: one line with the fix, status 1, no traceback."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local.paths import ROOT
from local.servers.ports import listen

_LIMIT = 120
# A fake Docker client on a machine where only the image is missing.
_DOCKER = """#!/bin/sh
case "$1 $2" in
"version "*) echo 20.10.24 ;;
"context "*) echo unix:///var/run/docker.sock ;;
"image "*) {image} ;;
*) echo 'dial tcp: lookup public.ecr.aws: no such host' >&2; exit 1 ;;
esac
"""
_NO_IMAGE = "echo 'No such image' >&2; exit 1"
_IMAGE = """echo '[{"Id": "sha256:1", "Architecture": "amd64"}]'"""
_DENIED = """#!/bin/sh
echo 'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock' >&2
exit 1
"""


def _docker(folder: Path, script: str) -> dict[str, str]:
    """Returns an environment whose `docker` is this script."""
    (folder / "docker").write_text(script)
    (folder / "docker").chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def _up(environment: dict[str, str], *options: str) -> str:
    """Returns the only error line of a start that fails."""
    done = subprocess.run(
        [sys.executable, "-m", "local", "up", "--fresh", "--sam", *options],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=_LIMIT,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    lines = [line for line in done.stderr.splitlines() if not line.startswith(("docker pull", "still working"))]
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_a_missing_docker_is_reported_with_its_download_page() -> None:
    assert _up({"PATH": "/nowhere"}).startswith("Error: Docker is not installed: install it (https://")


@pytest.mark.skipif(shutil.which("docker") is None, reason="no docker client on this machine")
def test_a_stopped_engine_is_reported_with_how_to_start_it() -> None:
    error = _up({"DOCKER_HOST": "unix:///nonexistent"})

    assert error.startswith("Error: the Docker engine does not respond: start it (`sudo systemctl start docker`")


def test_a_socket_without_permission_is_reported_with_the_group_to_join(tmp_path: Path) -> None:
    error = _up(_docker(tmp_path, _DENIED))

    assert error.startswith("Error: this user has no permission to use the Docker engine: ")
    assert error.endswith("run `sudo usermod -aG docker $USER`, then log in again")


def test_a_missing_image_that_can_not_be_pulled_is_reported(tmp_path: Path) -> None:
    error = _up(_docker(tmp_path, _DOCKER.format(image=_NO_IMAGE)))

    assert error.startswith("Error: the image public.ecr.aws/lambda/python:3.13-x86_64 is missing and can't be pulled")
    assert error.endswith("check the network, then try again")


def test_a_failed_installation_of_sam_is_reported_with_its_version(tmp_path: Path) -> None:
    offline = {"UV_OFFLINE": "1", "UV_CACHE_DIR": str(tmp_path / "uv")}
    error = _up(_docker(tmp_path, _DOCKER.format(image=_IMAGE)) | offline)

    assert error.startswith("Error: SAM CLI 1.170.0 can't be installed: ")
    assert error.endswith("check the network, then try again")


@pytest.mark.parametrize("option", ["--port", "--registry-port"])
def test_a_taken_port_is_reported_before_anything_is_built(option: str) -> None:
    with listen(0) as taken:
        port = taken.getsockname()[1]
        error = _up({"PATH": "/nowhere"}, option, str(port))

    assert error.startswith(f"Error: port {port} can't be used: Address already in use; choose another port")


def test_an_open_registry_is_rejected_with_sam() -> None:
    error = _up({"PATH": "/nowhere"}, "--registry-auth", "off")

    assert error == "Error: --registry-auth off is only for loopback, and with --sam the registry is in a container"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The files of a fresh clone that the first steps read."""
    (tmp_path / "local/help").mkdir(parents=True)
    shutil.copy(ROOT / "local/help/up.txt", tmp_path / "local/help")
    for name in ("up", "command.sh", "options.sh", "bootstrap.sh"):
        shutil.copy(ROOT / "local" / name, tmp_path / "local")
    for name in ("pyproject.toml", "uv.lock"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def _first_start(checkout: Path, environment: dict[str, str]) -> list[str]:
    done = subprocess.run(
        [checkout / "local/up"], env=environment, capture_output=True, text=True, timeout=_LIMIT, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr.splitlines()


def test_a_missing_python_is_reported_with_the_supported_versions(checkout: Path) -> None:
    programs = checkout / "programs"
    programs.mkdir()
    for name in ("bash", "cmp", "dirname", "env", "mkdir"):
        (programs / name).symlink_to(shutil.which(name) or "")

    [error] = _first_start(checkout, {"PATH": str(programs)})

    assert error.startswith("MaaS needs Python 3.11, 3.12, 3.13 or 3.14, and PATH has none of them: install one")


def test_a_first_start_without_a_network_is_reported_in_one_line(checkout: Path) -> None:
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}
    progress, error = _first_start(checkout, {"PATH": os.environ["PATH"], "HOME": str(checkout), **nowhere})

    assert progress.startswith("getting uv ")
    assert error.startswith("uv ")
    assert "can't be installed: ERROR: No matching distribution found for uv==" in error
    assert error.endswith(f"check the network, then try again (full output: {checkout}/.maas/setup.log)")
