"""Images of registry and predictor. A tag is a digest of its inputs, so an image is built only when they change."""

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

CONTAINERS = ("registry", "predictor")
# The architecture of the tasks and the functions in template.yaml.
ARCHITECTURE = "amd64"


def ensure(container: str, root: Path = ROOT) -> str:
    """Returns name and tag of a container's image. Builds the image first if the engine does not have it.

    Raises:
        StackError: Docker or the base image is missing, or the build failed; the message is one line with the fix.
    """
    file = _dockerfile(container)
    base = re.search(r"^FROM (\S+)", (root / file).read_text(), re.MULTILINE)
    assert base is not None
    name = f"maas-{container}:{digest(container, root, docker.ensure_image(base[1], ARCHITECTURE))}"
    if docker.inspect(name) is None:
        say(f"docker build: {name}, about half a minute")
        arguments = ("--platform", f"linux/{ARCHITECTURE}", "--tag", name, "--file", file)
        try:
            docker.run("build", "--quiet", *arguments, ".", folder=root)
        except DockerError as error:
            log = log_of(container)
            log.parent.mkdir(exist_ok=True)
            log.write_text(error.output)
            raise StackError(f"the {container}'s image can't be built: {error} (full output: {log})") from error
    return name


def log_of(container: str) -> Path:
    """The file that has the output of a failed build."""
    return ROOT / f".maas/{container}-image.log"


def digest(container: str, root: Path, base: str) -> str:
    """Returns 12 hexadecimal digits of the SHA-256 of the base image's id and every file in the build context."""
    total = hashlib.sha256(f"{base} {ARCHITECTURE}".encode())
    for file in sorted({root / _dockerfile(container), root / ".dockerignore", *_context(container, root)}):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        total.update(f"\n{file.relative_to(root).as_posix()} {content}".encode())
    return total.hexdigest()[:12]


def _dockerfile(container: str) -> str:
    return f"functions/{container}/Dockerfile"


def _context(container: str, root: Path) -> Iterator[Path]:
    """Yields the files that .dockerignore includes: its lines with a ! name files and folders.

    One whose name is that of another container is not copied into this one's image.
    """
    others = {name for name in CONTAINERS if name != container}
    for line in (root / ".dockerignore").read_text().splitlines():
        if line.startswith("!") and Path(line).stem not in others:
            path = root / line[1:]
            files = path.rglob("*") if path.is_dir() else [path]
            yield from (file for file in files if file.is_file() and "__pycache__" not in file.parts)


def push(name: str, repository: str) -> str:
    """Pushes the image to `repository` (host/path, without a tag) and returns its address by digest.

    Raises:
        StackError: the push failed.
    """
    remote = f"{repository}:{name.partition(':')[2]}"
    say(f"docker push: {remote}")
    try:
        docker.run("tag", name, remote)
        docker.run("push", "--quiet", remote)
    except DockerError as error:
        raise StackError(f"{remote} can't be pushed: {error} (check the address, and run `docker login`)") from error
    addresses = (docker.inspect(remote) or {}).get("RepoDigests") or []
    return next(str(address) for address in addresses if address.startswith(f"{repository}@"))


def command(container: str) -> click.Command:
    """The command that builds a container's image."""

    @click.command(f"{container}-image", help=f"Build the {container}'s image if its inputs have changed.")
    @click.option(
        "--push", "repository", metavar="REPOSITORY", help="Push the image to this repository (host/path without tag)."
    )
    @click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
    def build(repository: str | None, as_json: bool) -> None:
        name = ensure(container)
        image = docker.inspect(name) or {}
        pushed = push(name, repository) if repository else None
        result = {"image": name, "megabytes": round(image["Size"] / 1e6), "id": image["Id"], "pushed": pushed}
        lines = [f"{key:<9}  {value}" for key, value in result.items() if value is not None]
        print(json.dumps(result) if as_json else "\n".join(lines))

    return build
