"""The registry's image: its content and size, when it is built, and the command that builds it."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from local.errors import StackError
from local.paths import ROOT
from local.sam import container_image, docker
from local.sam.docker import DockerError
from tests.sam.registry_container import LINUX_ONLY
from tests.support.printed import PRINTED, Recorder

pytestmark = LINUX_ONLY

# Measured: 59 MB of packages, 1 MB of our code and 14 MB of bytecode for the standard library. The official image has
# no bytecode.
MOST_OVER_BASE = 90_000_000


def test_it_has_no_package_manager_or_compiler(image: str) -> None:
    script = "for name in pip pip3 uv gcc cc make; do command -v $name; done; true"
    assert docker.run("run", "--rm", image, "sh", "-c", script) == ""
    for module in ("pip", "ensurepip"):
        with pytest.raises(DockerError, match=f"No module named '{module}'"):
            docker.run("run", "--rm", image, "python", "-c", f"import {module}")


def test_it_is_small(image: str, record_property: Recorder) -> None:
    base = docker.inspect("python:3.13-slim")
    built = docker.inspect(image)
    assert base is not None
    assert built is not None
    excess = built["Size"] - base["Size"]
    megabytes = f"{built['Size'] / 1e6:.0f} MB, {excess / 1e6:.0f} more than {base['RepoTags'][0]}"
    record_property(PRINTED, f"{image}: {megabytes}")
    assert 0 < excess <= MOST_OVER_BASE


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the files that the image is built from."""
    for line in (".dockerignore", *(ROOT / ".dockerignore").read_text().splitlines()):
        place = line.removeprefix("!")
        if line == ".dockerignore" or line.startswith("!"):
            (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if (ROOT / place).is_dir() else shutil.copy
            copy(ROOT / place, tmp_path / place)
    return tmp_path


def test_it_is_built_again_only_when_an_input_changes(
    image: str, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    started = time.monotonic()
    assert container_image.ensure("registry") == container_image.ensure("registry", checkout) == image
    assert time.monotonic() - started < 2
    assert capsys.readouterr().err == ""
    source = checkout / "functions/registry/server/server.py"
    source.write_text(source.read_text() + "# changed\n")
    changed = container_image.ensure("registry", checkout)
    try:
        assert changed != image
        assert capsys.readouterr().err == f"docker build: {changed}, about half a minute\n"
        assert docker.run("run", "--rm", changed, "tail", "-1", "functions/registry/server/server.py") == "# changed"
    finally:
        docker.run("rmi", changed)


def test_a_base_image_that_is_unavailable_is_named(image: str, checkout: Path) -> None:
    file = checkout / "functions/registry/Dockerfile"
    file.write_text(file.read_text().replace("FROM python:3.13-slim", "FROM 127.0.0.1:1/python:3.13-slim"))
    with pytest.raises(StackError, match=r"the image 127.0.0.1:1/python:3.13-slim is missing and can't be pulled: .*"):
        container_image.ensure("registry", checkout)


def test_a_failed_build_names_its_log(image: str, checkout: Path) -> None:
    (checkout / "layers/deps/registry.txt").write_text("no requirement at all")
    with pytest.raises(StackError, match=r"can't be built: .* \(full output: .*registry-image.log\)"):
        container_image.ensure("registry", checkout)
    assert "no requirement at all" in container_image.log_of("registry").read_text()


def command(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    argv = [sys.executable, "-m", "local", "registry-image", *arguments]
    return subprocess.run(argv, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False)


def test_the_command_prints_tag_size_and_id(image: str) -> None:
    report = json.loads(command("--json").stdout)
    assert (report["image"], report["pushed"]) == (image, None)
    assert report["id"].startswith("sha256:")
    assert report["megabytes"] > 60


@pytest.mark.parametrize(
    ("arguments", "environment", "message"),
    [
        ((), {"PATH": "/nowhere"}, "Docker is not installed: install it"),
        ((), {"DOCKER_HOST": "tcp://127.0.0.1:1"}, "the Docker engine does not respond: start it"),
        (("--push", "127.0.0.1:1/maas"), {}, "can't be pushed"),
    ],
)
def test_an_error_of_the_command_is_one_line(
    image: str, arguments: tuple[str, ...], environment: dict[str, str], message: str
) -> None:
    done = command(*arguments, **environment)
    assert done.returncode == 1
    assert message in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
