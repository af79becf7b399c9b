"""`local/collect`: begins a collection of what nothing names any more, and waits for its end."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from botocore.exceptions import BotoCoreError, ClientError

from local import aws_clients
from local.console import show
from local.data.command import HELP_OPTIONS, data_option
from local.data.folder import DEFAULT, read_ready
from local.errors import StackError

_TIMEOUT = 600.0  # seconds
_POLL = 0.5
_FINISHED = re.compile(rb'\{.*"collection finished".*\}')


@click.command(context_settings=HELP_OPTIONS)
@data_option
@click.option("--json", "as_json", is_flag=True, help="Print the counts as one line of JSON.")
def collect(data: Path | None, as_json: bool) -> None:
    """Find what nothing names any more, and what crashes have left, on the running stack.

    Files that it finds are removed after the grace of RemovalGrace.
    """
    folder = data or DEFAULT
    ready = read_ready(folder)
    if ready is None:
        raise StackError(f"nothing runs on {folder}; ./local/up --data {folder} starts it")
    run = f"by-hand-{int(time.time() * 1000)}"
    log = _NewLines(Path(ready["logs"]))
    try:
        _queue(ready).send_message(
            QueueUrl=ready["queues"]["RemovalQueue"], MessageBody=json.dumps({"run": run}, separators=(",", ":"))
        )
    except (BotoCoreError, ClientError) as error:
        raise StackError(f"the queue of removals does not answer: {error}") from None
    counts = _counts(log, run)
    show(json.dumps(counts) if as_json else ", ".join(f"{name}: {number}" for name, number in counts.items()))


def _queue(ready: Mapping[str, Any]) -> Any:
    return aws_clients.session(ready["credentials"]).client("sqs", endpoint_url=ready["aws"])


class _NewLines:
    """Reads what the stack's programs log from now on. With SAM, functions share a server's log, whatever its name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read = {log: log.stat().st_size for log in folder.glob("*.log")}

    def next(self) -> Iterator[bytes]:
        """Yields the whole lines that were written since the last call."""
        for log in self.folder.glob("*.log"):
            with log.open("rb") as handle:
                handle.seek(self._read.get(log, 0))
                whole = handle.read().rpartition(b"\n")[0]
            if whole:
                self._read[log] = self._read.get(log, 0) + len(whole) + 1
                yield from whole.splitlines()


def _counts(log: _NewLines, run: str) -> Mapping[str, int]:
    """The counts of the run, from the remover's log. Raises StackError if it does not end in time."""
    end = time.monotonic() + _TIMEOUT
    while time.monotonic() < end:
        for line in log.next():
            found = _FINISHED.search(line)
            if found and (event := json.loads(found[0])).get("run") == run:
                counts: Mapping[str, int] = event["counts"]
                return counts
        time.sleep(_POLL)
    raise StackError(f"the collection {run} has not ended within {_TIMEOUT:g} s; it goes on, see {log.folder}")
