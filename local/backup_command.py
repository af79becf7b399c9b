"""`local/backup`: writes everything that a stack stores into one file."""

import json
from pathlib import Path
from typing import Any

import click

from local import report
from local.archives import sources, writing
from local.archives.manifest import ArchiveManifest
from local.archives.progress import Progress
from local.archives.reading import Reader
from local.archives.runs import run
from local.archives.saving import Saving
from local.archives.writing import Writer
from local.console import say
from local.data.command import HELP_OPTIONS, data_option
from local.data.folder import DEFAULT
from local.errors import StackError


@click.command(context_settings=HELP_OPTIONS)
@click.argument("file", type=click.Path(path_type=Path, resolve_path=True, readable=False))
@data_option
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
def backup(file: Path, data: Path | None, force: bool, as_json: bool) -> None:
    """Write accounts, models, files and signing secrets into FILE.

    The stack may run meanwhile: FILE has everything as it was at one moment. FILE holds secrets and password hashes.
    """
    result = run(_save(file, data or DEFAULT, replace=force))
    print(json.dumps(result) if as_json else report.backup_text(result))


async def _save(file: Path, data: Path, *, replace: bool) -> dict[str, Any]:
    sources.refuse_other(data)
    progress = Progress()
    with writing.created(file, replace=replace) as (output, scratch):
        async with sources.opened(data) as source:
            manifest = ArchiveManifest.new(source.manifest.stores, source.manifest.user)
            saving = Saving(source, Writer(output, manifest, progress), scratch, progress)
            await saving.run()
            if file.exists():
                _refuse_emptier(manifest, file)
    for line in manifest.lost:
        say(f"note: {line}")
    return {
        "file": str(file),
        "bytes": file.stat().st_size,
        **manifest.about(),
    }


def _refuse_emptier(manifest: ArchiveManifest, file: Path) -> None:
    """Raises StackError if the archive `file` has what the stores have lost: it may be the last copy."""
    if (before := _manifest(file)) is None:
        return
    for what in ("users", "models", "files"):
        if before.counts.get(what) and not manifest.counts.get(what):
            raise StackError(f"{file} stays as it is: it has {before.counts[what]} {what}, and the stores have none")
    for line in manifest.lost:
        if line not in before.lost:
            raise StackError(f"{file} stays as it is, because it may have what is lost now ({line}): use another name")


def _manifest(file: Path) -> ArchiveManifest | None:
    """The manifest of an archive; None for a file that is not a whole one."""
    try:
        with Reader.opened(file) as reader:
            return reader.manifest
    except StackError:
        return None
