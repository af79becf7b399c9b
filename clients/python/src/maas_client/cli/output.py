"""Results on stdout: a table for people, JSON lines for programs, ids with -q. All else goes to stderr."""

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
from pydantic import BaseModel
from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.progress import Progress as Bar
from rich.table import Column, Table

from maas_client.cli.plain import plain, plain_json, plain_lines
from maas_client.progress import Progress, ProgressCallback

_HEADS = {"tenant_id": "owner", "reference": "owner/name"}
_SIZES = frozenset({"size", "total_size"})


class Output:
    """Writes results. A terminal gets tables unless `as_json`; everything else gets one JSON object a line."""

    def __init__(self, *, as_json: bool, quiet: bool) -> None:
        self.as_json = as_json or not sys.stdout.isatty()
        self.quiet = quiet

    def records(self, items: Iterable[BaseModel], columns: Sequence[str], *, key: str) -> None:
        """Writes a list. `key` is the field that -q writes alone."""
        if self.quiet or self.as_json:
            for item in items:
                self._line(item, key)
            return
        rows = [[_cell(getattr(item, column), column) for column in columns] for item in items]
        self.table([_HEADS.get(column, column.replace("_", " ")) for column in columns], rows)

    def record(self, item: BaseModel, *, key: str) -> None:
        """Writes one thing with all its fields."""
        if self.quiet or self.as_json:
            self._line(item, key)
            return
        self.table(None, [[name, text] for name, text in _flat(item) if text])

    def _line(self, item: BaseModel, key: str) -> None:
        if self.quiet:
            self.lines(str(getattr(item, key)))
        else:
            click.echo(plain_json(item.model_dump_json(by_alias=True)))

    def lines(self, text: str, *, nl: bool = True) -> None:
        """Writes a text as it is to a program, and with its control characters written out to a terminal."""
        # color: click would take out what looks like a colour.
        click.echo(plain_lines(text) if sys.stdout.isatty() else text, nl=nl, color=True)

    def values(self, **values: Any) -> None:
        """Writes a few values; with -q the first one alone."""
        if self.quiet:
            self.lines(str(next(iter(values.values()))))
        elif self.as_json:
            click.echo(json.dumps(values, default=str))
        else:
            self.table(None, [[name.replace("_", " "), _cell(value, name)] for name, value in values.items()])

    def table(self, head: Sequence[str] | None, rows: Iterable[Sequence[str]]) -> None:
        style = "" if os.environ.get("NO_COLOR") else "bold"
        columns = [Column(name, overflow="fold") for name in head or ("", "")]  # nothing is cut: people copy from it
        table = Table(*columns, show_header=head is not None, box=None, pad_edge=False, header_style=style)
        for row in rows:
            table.add_row(*map(plain, row))
        Console(highlight=False, markup=False).print(table)

    def done(self, sentence: str) -> None:
        """Tells a person what was done."""
        if not self.quiet:
            click.echo(sentence, err=True)

    @contextmanager
    def progress(self) -> Iterator[ProgressCallback | None]:
        """Yields a callback that draws a bar on stderr, or None if nobody would see it."""
        if self.quiet or not sys.stderr.isatty():
            yield None
            return
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
        with Bar(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("", total=None)

            def draw(progress: Progress) -> None:
                bar.update(task, description=progress.phase, completed=progress.done, total=progress.total or None)

            yield draw


def _flat(item: BaseModel, before: str = "") -> Iterator[tuple[str, str]]:
    """Yields the fields of a thing with the names of those that they are in."""
    for name in type(item).model_fields:
        value, whole = getattr(item, name), f"{before}{name.rstrip('_')}"
        if isinstance(value, BaseModel):
            yield from _flat(value, f"{whole} ")
        else:
            yield whole, _cell(value, name)


def _cell(value: Any, name: str = "") -> str:
    if isinstance(value, int) and name in _SIZES:
        return decimal(value)
    if value is None or value == {} or value == []:
        return ""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    if isinstance(value, BaseModel):
        return value.model_dump_json(by_alias=True)
    if isinstance(value, dict | list):
        return json.dumps(
            value, default=lambda item: item.model_dump(by_alias=True) if isinstance(item, BaseModel) else str(item)
        )
    return value.strftime("%Y-%m-%d %H:%M:%S") if hasattr(value, "strftime") else str(value)
