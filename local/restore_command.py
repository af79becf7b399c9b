"""`local/restore`: writes a backup into a new data folder, or into a stack on AWS."""

import asyncio
import json
from pathlib import Path
from typing import Any, get_args

import click

from local import report
from local.archives import place, sources
from local.archives.loading import load, refuse_items
from local.archives.progress import Progress
from local.archives.reading import Reader
from local.archives.runs import run
from local.console import say
from local.data import incomplete
from local.data.command import HELP_OPTIONS, data_option
from local.data.folder import DEFAULT
from local.servers.launchers import S3Choice
from local.servers.run_context import Options
from local.servers.table_stores import TablesChoice


@click.command(context_settings=HELP_OPTIONS)
@click.argument("file", type=click.Path(path_type=Path, resolve_path=True, readable=False))
@data_option
@click.option(
    "--s3", type=click.Choice(get_args(S3Choice)), default="auto", show_default=True, help="As in ./local/up."
)
@click.option(
    "--tables", type=click.Choice(get_args(TablesChoice)), default="auto", show_default=True, help="As in ./local/up."
)
@click.option(
    "--to-aws",
    "stack",
    metavar="STACK",
    help="Write into the tables and the bucket of this CloudFormation stack, with the credentials of this shell.",
)
@click.option(
    "--overwrite",
    is_flag=True,
    help="With --to-aws: do so although the tables have items, and replace those of the same key.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
def restore(
    file: Path,
    data: Path | None,
    s3: S3Choice,
    tables: TablesChoice,
    stack: str | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Write the backup FILE into a new data folder, or into a deployed stack.

    Every digest in FILE is checked first. Stores may be of other kinds than those of the backup.
    """
    if stack is None and overwrite:
        raise click.UsageError("--overwrite is for --to-aws: a data folder with data is never restored into")
    if stack is not None and data is not None:
        raise click.UsageError("--to-aws writes into a stack on AWS, and --data into a folder: choose one of them")
    work = _to_aws(file, stack, overwrite=overwrite) if stack else _to_folder(file, data or DEFAULT, s3, tables)
    result = run(work)
    for line in result["lost"]:
        say(f"note: the backup lacks a file: {line}")
    print(json.dumps(result) if as_json else report.backup_text(result))


async def _to_folder(file: Path, data: Path, s3: S3Choice, tables: TablesChoice) -> dict[str, Any]:
    progress = Progress()
    incomplete.refuse_data(data)
    with Reader.opened(file) as reader:
        await progress.run(lambda: reader.verify(progress))
        async with sources.started(Options(s3=s3, tables=tables, data=data, restoring=True)) as (context, target):
            await progress.run(lambda: load(reader, target, progress))
            context.folder.manifest.user |= reader.manifest.user
            context.folder.save()
        incomplete.end(data)
        return {"data": str(data), **reader.manifest.about()}


async def _to_aws(file: Path, stack: str, *, overwrite: bool) -> dict[str, Any]:
    progress = Progress()
    with Reader.opened(file) as reader:
        target = await asyncio.to_thread(place.on_aws, stack)
        if not overwrite:
            await asyncio.to_thread(refuse_items, target)
        await progress.run(lambda: reader.verify(progress))
        await progress.run(lambda: load(reader, target, progress))
        return {"stack": stack, **reader.manifest.about()}
