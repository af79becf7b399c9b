"""`python -m local.events FILE --ready-file READY`: an event file with the ids and tokens of a running stack."""

import json
import sys
from pathlib import Path

import click

from local.demo.client import Api, http_client
from local.errors import StackError
from local.events import files
from local.paths import ROOT

sys.path.append(str(ROOT / "layers/shared/python"))  # the form of signing keys, for events of the rotator

from local.events.worlds import World


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--ready-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="The file that `local/up --ready-file` writes.",
)
def main(file: Path, ready_file: Path) -> None:
    """Create the state that the event FILE needs in the running stack, for a new user, and print the event.

    FILE is a file of events/, such as events/inference/predict.json.
    """
    ready = json.loads(ready_file.read_text())
    try:
        given = files.precondition(file)
    except StackError as error:
        raise click.ClickException(str(error)) from error
    with http_client() as http:
        world = World(ready, Api(ready["gateway"], http), given)
    print(json.dumps(files.event(file, world.replacements), indent=2))


main()
