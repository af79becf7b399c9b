"""The option `--png` of commands whose answer can be drawn."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from maas_client import reports
from maas_client.answers import AliasMove
from maas_client.cli.output import Output


def _checked(context: click.Context, parameter: click.Parameter, value: str | None) -> Path | None:
    """Refuses what can't be drawn before the API is asked."""
    if value is None:
        return None
    if not value.lower().endswith(".png"):
        raise click.BadParameter("the file's name must end with .png", context, parameter)
    reports.require()
    return Path(value)


png_option: Callable[[Any], Any] = click.option(
    "--png",
    callback=_checked,
    metavar="FILE",
    help="Draw it to this file too. Needs matplotlib: pip install 'maas-client[reports]'.",
)


def draw(
    output: Output, png: Path | None, report: reports.Report, name: str, history: Sequence[AliasMove] = ()
) -> None:
    """Writes the picture of an answer, if one is asked for. Raises FileError."""
    if png:
        reports.save(report, png, name=name, history=history)
        output.done(f"drawn to {png}")
