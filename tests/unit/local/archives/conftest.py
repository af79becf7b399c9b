"""A small archive."""

from pathlib import Path

import pytest

from local.archives.manifest import ArchiveManifest
from local.archives.progress import Progress
from local.archives.writing import Writer, created
from tests.unit.local.archives.parts import FILE, PARTS


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An archive with one entry of each kind."""
    file = tmp_path / "a.tar"
    with created(file, replace=False) as (output, folder):
        writer = Writer(
            output, ArchiveManifest.new({"s3": "minio"}, {"email": "a@example.com", "password": "x"}), Progress()
        )
        for name, content in PARTS.items():
            (folder / "part").write_bytes(content)
            with (folder / "part").open("rb") as stream:
                writer.add(name, len(content), stream, **(FILE if name.startswith("objects") else {}))
        writer.manifest.counts["models"] = 1
        writer.close()
    return file
