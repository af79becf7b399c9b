import os
import shutil
from pathlib import Path

import pytest

from local.sam.container_image import digest

DOCKERFILE = "functions/registry/Dockerfile"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A project whose image has a file and a folder as inputs."""
    for name in (
        DOCKERFILE,
        "functions/registry/server.py",
        "functions/registry/cache/redis.py",
        "deps.txt",
        "README.md",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"this is {name}")
    (tmp_path / ".dockerignore").write_text("# files to copy\n*\n!functions/registry\n!deps.txt\n**/__pycache__\n")
    return tmp_path


@pytest.mark.parametrize("changed", [".dockerignore", DOCKERFILE, "deps.txt", "functions/registry/cache/redis.py"])
def test_the_digest_changes_with_every_file_of_the_image(checkout: Path, changed: str) -> None:
    before = digest("registry", checkout, "base")
    (checkout / changed).write_text((checkout / changed).read_text() + "\n")
    assert digest("registry", checkout, "base") != before


def test_the_digest_changes_with_a_new_file_and_a_new_name(checkout: Path) -> None:
    before = digest("registry", checkout, "base")
    (checkout / "functions/registry/new.py").touch()
    added = digest("registry", checkout, "base")
    (checkout / "functions/registry/new.py").rename(checkout / "functions/registry/newer.py")
    assert len({before, added, digest("registry", checkout, "base")}) == 3


def test_the_digest_changes_with_the_base_image(checkout: Path) -> None:
    assert digest("registry", checkout, "base") != digest("registry", checkout, "newer base")


def test_times_folder_bytecode_and_other_files_do_not_change_the_digest(checkout: Path, tmp_path: Path) -> None:
    before = digest("registry", checkout, "base")
    assert len(before) == 12
    (checkout / "README.md").write_text("changed")
    (checkout / "functions/registry/cache/__pycache__").mkdir()
    (checkout / "functions/registry/cache/__pycache__/redis.cpython-313.pyc").write_bytes(b"code")
    os.utime(checkout / "deps.txt", (0, 0))
    assert digest("registry", checkout, "base") == before
    elsewhere = shutil.copytree(checkout, tmp_path / "elsewhere")
    assert digest("registry", elsewhere, "base") == before


def test_files_of_one_container_do_not_change_the_digest_of_another(checkout: Path) -> None:
    (checkout / "functions/predictor").mkdir()
    (checkout / "functions/predictor/Dockerfile").write_text("FROM base")
    with (checkout / ".dockerignore").open("a") as file:
        file.write("!functions/predictor\n")
    registry, predictor = (digest(name, checkout, "base") for name in ("registry", "predictor"))
    (checkout / "functions/predictor/servicer.py").touch()
    assert digest("registry", checkout, "base") == registry
    assert digest("predictor", checkout, "base") != predictor
