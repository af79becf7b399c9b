"""`python -m local.events FILE --ready-file READY`: an event file with the ids and tokens of a running stack."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import httpx2

import local.product  # noqa: F401 - the form of signing keys, for events of the rotator
from local.demo.client import Api, ProblemError, http_client
from local.errors import StackError
from local.events import files
from local.events.worlds import World

_ATTEMPTS, _PAUSE = 4, 1.0  # seconds
_UNAVAILABLE = 503


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
        world = _world(ready, given)
    except (StackError, ProblemError, httpx2.TransportError) as error:
        raise click.ClickException(str(error)) from error
    print(json.dumps(files.event(file, world.replacements), indent=2))


def _world(ready: Mapping[str, Any], given: str) -> World:
    """The state, created anew for another user if the stack is too busy for a moment.

    Raises:
        ProblemError, TransportError: the stack refuses a request, or is busy at every attempt.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        with http_client() as http:
            try:
                return World(ready, Api(ready["gateway"], http), given)
            except ProblemError as error:
                if error.answer.status_code != _UNAVAILABLE or attempt == _ATTEMPTS:
                    raise
        time.sleep(_PAUSE)
    raise AssertionError("the last attempt returns or raises")


main()
