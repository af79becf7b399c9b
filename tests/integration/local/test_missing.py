"""What a start can't do without: one line with the way out, status 1, no traceback, nothing left behind."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local.paths import ROOT
from local.servers.ports import listen

_LIMIT = 120
# Docker's client as it answers where all is there but the image.
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
    """An environment whose `docker` is this script."""
    (folder / "docker").write_text(script)
    (folder / "docker").chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def _up(environment: dict[str, str], *options: str) -> str:
    """What a start that can't be says: its only line."""
    done = subprocess.run(
        [sys.executable, "-m", "local", "up", "--sam", *options],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=_LIMIT,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    said = [line for line in done.stderr.splitlines() if not line.startswith(("docker pull", "still at it"))]
    assert len(said) == 1, done.stderr
    return said[0]


def test_no_docker_is_told_with_where_to_get_it() -> None:
    assert _up({"PATH": "/nowhere"}).startswith("Error: there is no Docker here: install it (https://")


@pytest.mark.skipif(shutil.which("docker") is None, reason="no docker client on this machine")
def test_an_engine_that_does_not_run_is_told_with_how_to_start_it() -> None:
    said = _up({"DOCKER_HOST": "unix:///nonexistent"})

    assert said.startswith("Error: the Docker engine does not answer: start it (`sudo systemctl start docker`")


def test_a_socket_that_is_not_ours_is_told_with_the_group_to_join(tmp_path: Path) -> None:
    said = _up(_docker(tmp_path, _DENIED))

    assert said == (
        "Error: this user may not use the Docker engine: `sudo usermod -aG docker $USER`, then log in again"
    )


def test_an_image_that_is_not_here_and_can_not_be_pulled_is_named(tmp_path: Path) -> None:
    said = _up(_docker(tmp_path, _DOCKER.format(image=_NO_IMAGE)))

    assert said.startswith("Error: the image public.ecr.aws/lambda/python:3.13-x86_64 is not here and can't be pulled")
    assert said.endswith("check the network, then try again")


def test_sam_that_can_not_be_installed_is_told_with_its_version(tmp_path: Path) -> None:
    offline = {"UV_OFFLINE": "1", "UV_CACHE_DIR": str(tmp_path / "uv")}
    said = _up(_docker(tmp_path, _DOCKER.format(image=_IMAGE)) | offline)

    assert said.startswith("Error: SAM CLI 1.170.0 can't be installed: ")
    assert said.endswith("check the network, then try again")


@pytest.mark.parametrize("option", ["--port", "--registry-port"])
def test_a_port_that_is_taken_is_told_before_anything_is_built(option: str) -> None:
    with listen(0) as taken:
        port = taken.getsockname()[1]
        said = _up({"PATH": "/nowhere"}, option, str(port))

    assert said.startswith(f"Error: port {port} can't be used: Address already in use; choose another port")


def test_an_open_registry_is_for_loopback_only() -> None:
    said = _up({"PATH": "/nowhere"}, "--registry-auth", "off")

    assert said == "Error: --registry-auth off is for loopback only; with --sam the registry is in a container"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """As much of a fresh clone as the first steps look at."""
    (tmp_path / "local").mkdir()
    for name in ("up", "bootstrap.sh"):
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


def test_a_machine_without_a_python_that_will_do_is_told_which(checkout: Path) -> None:
    programs = checkout / "programs"
    programs.mkdir()
    for name in ("bash", "cmp", "dirname", "env", "mkdir"):
        (programs / name).symlink_to(shutil.which(name) or "")

    [said] = _first_start(checkout, {"PATH": str(programs)})

    assert said.startswith("MaaS needs Python 3.11, 3.12, 3.13 or 3.14, and PATH has none of them: install one")


def test_a_first_start_without_a_network_is_one_line_after_its_progress(checkout: Path) -> None:
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}
    progress, said = _first_start(checkout, {"PATH": os.environ["PATH"], "HOME": str(checkout), **nowhere})

    assert progress.startswith("getting uv ")
    assert said.startswith("uv ")
    assert "can't be installed: ERROR: No matching distribution found for uv==" in said
    assert said.endswith(f"check the network, then try again (all of it: {checkout}/.maas/setup.log)")
