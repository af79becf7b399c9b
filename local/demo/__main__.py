"""`python -m local.demo --ready-file FILE`: from training to prediction on real data, compared with scikit-learn."""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from local.console import say
from local.demo.client import TIMEOUT
from local.demo.steps import VERSION, Demo
from local.demo.train import train
from local.errors import StackError
from local.report import login_line
from maas_client import Client, MaasError
from maas_client.http.sessions import MemoryStore

_POLL = 0.1


@click.command()
@click.option(
    "--ready-file", type=click.Path(path_type=Path), required=True, help="The file that `local/up --ready-file` writes."
)
@click.option("--wait", default=60.0, show_default=True, help="Seconds to wait for the ready file.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
@click.option("--no-lines", is_flag=True, help="Do not print command lines to paste.")
def main(ready_file: Path, wait: float, as_json: bool, no_lines: bool) -> None:
    """Train, register, upload, publish and predict.

    The exit status is 0 only if every prediction equals scikit-learn's.
    """
    with ThreadPoolExecutor(1) as pool:
        training = pool.submit(train)
        ready = _ready(ready_file, wait)
        # A store of its own, so that a key in this shell's variables is not used.
        with Client(ready["gateway"], store=MemoryStore(), timeout=TIMEOUT) as client:
            demo = Demo(client, training.result, mailbox=Path(ready["mailbox"]))
            succeeded = _run(demo)
    if as_json:
        print(json.dumps(_document(demo, succeeded)))
    else:
        Console(width=120, soft_wrap=True).print(demo.log.table())
        if succeeded and not no_lines:
            print("\n".join(["", *_lines(demo, ready["gateway"]), ""]))
    sys.exit(0 if succeeded else 1)


def _ready(file: Path, wait: float) -> Any:
    end = time.monotonic() + wait
    while not file.exists():
        if time.monotonic() > end:
            raise click.ClickException(f"{file} did not appear within {wait:g} s")
        time.sleep(_POLL)
    return json.loads(file.read_text())


def _run(demo: Demo) -> bool:
    try:
        return demo.run()
    except (MaasError, StackError) as error:
        say(f"the demo stopped: {error}")
        return False


def _document(demo: Demo, succeeded: bool) -> dict[str, Any]:
    return {
        "ok": succeeded,
        "model_id": demo.model_id,
        "version": VERSION,
        "user": {"email": demo.email, "password": demo.password},
        "predictions": demo.predictions,
        "differences": demo.differences,
        "cache": demo.cache,
        "steps": demo.log.as_json(),
    }


def _lines(demo: Demo, gateway: str) -> list[str]:
    """Command lines to paste that call the same model."""
    return [
        login_line(gateway, demo.email, demo.password),
        f'curl -s {gateway}/api/v1/models/{demo.model_id}/predict -H "authorization: Bearer $TOKEN" \\',
        """  -H 'content-type: application/json' -d '{"features": [5.1, 3.5, 1.4, 0.2]}'""",
    ]


main()
