"""The registry's image: its tag is the digest of what goes into it, so it is built when that changed and never else."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import click

from local.console import say
from local.errors import StackError
from local.paths import ROOT
from local.sam import docker
from local.sam.docker import DockerError

NAME = "maas-registry"
# What the task in template.yaml runs on, as its functions do.
ARCHITECTURE = "amd64"
LOG = ROOT / ".maas/registry-image.log"
_DOCKERFILE = "functions/registry/Dockerfile"


def ensure(root: Path = ROOT) -> str:
    """The image's name and tag; built first where the engine has none of that tag.

    Raises:
        StackError: no Docker, no base image, or the build failed; one line, with what to do.
    """
    base = re.search(r"^FROM (\S+)", (root / _DOCKERFILE).read_text(), re.MULTILINE)
    assert base is not None
    name = f"{NAME}:{digest(root, docker.ensure_image(base[1], ARCHITECTURE))}"
    if docker.inspect(name) is None:
        say(f"docker build: {name}, about half a minute")
        arguments = ("--platform", f"linux/{ARCHITECTURE}", "--tag", name, "--file", _DOCKERFILE)
        try:
            docker.run("build", "--quiet", *arguments, ".", folder=root)
        except DockerError as error:
            LOG.parent.mkdir(exist_ok=True)
            LOG.write_text(error.output)
            raise StackError(f"the registry's image can't be built: {error} (all of it: {LOG})") from error
    return name


def digest(root: Path, base: str) -> str:
    """12 hexadecimal digits that stand for the base image's id and each file that the build can see."""
    found = hashlib.sha256(f"{base} {ARCHITECTURE}".encode())
    for file in sorted({root / _DOCKERFILE, root / ".dockerignore", *_context(root)}):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        found.update(f"\n{file.relative_to(root).as_posix()} {content}".encode())
    return found.hexdigest()[:12]


def _context(root: Path) -> Iterator[Path]:
    """The files that .dockerignore lets in; its lines with a ! name files and folders."""
    for line in (root / ".dockerignore").read_text().splitlines():
        if line.startswith("!"):
            place = root / line[1:]
            files = place.rglob("*") if place.is_dir() else [place]
            yield from (file for file in files if file.is_file() and "__pycache__" not in file.parts)


def push(name: str, repository: str) -> str:
    """The image's address in `repository` (host/path, without a tag), by digest, once it is there.

    Raises:
        StackError: the repository does not take it.
    """
    remote = f"{repository}:{name.partition(':')[2]}"
    say(f"docker push: {remote}")
    try:
        docker.run("tag", name, remote)
        docker.run("push", "--quiet", remote)
    except DockerError as error:
        raise StackError(f"{remote} can't be pushed: {error} (the right address, and `docker login`?)") from error
    addresses = (docker.inspect(remote) or {}).get("RepoDigests") or []
    return next(str(address) for address in addresses if address.startswith(f"{repository}@"))


@click.command("registry-image")
@click.option("--push", "repository", metavar="REPOSITORY", help="Push it there too (host/path, without a tag).")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
def command(repository: str | None, as_json: bool) -> None:
    """Build the registry's image when its inputs changed."""
    try:
        name = ensure()
        image = docker.inspect(name) or {}
        pushed = push(name, repository) if repository else None
    except StackError as error:
        raise click.ClickException(str(error)) from error
    told = {"image": name, "megabytes": round(image["Size"] / 1e6), "id": image["Id"], "pushed": pushed}
    lines = [f"{key:<9}  {value}" for key, value in told.items() if value is not None]
    print(json.dumps(told) if as_json else "\n".join(lines))
