"""Options that the commands on a data folder share."""

from pathlib import Path

import click

from local.data.folder import DEFAULT
from local.paths import ROOT

HELP_OPTIONS = {"help_option_names": ["-h", "--help"]}
data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, resolve_path=True, readable=False),
    metavar="DIR",
    help=f"The data folder; by default {DEFAULT.relative_to(ROOT)} of this checkout.",
)
