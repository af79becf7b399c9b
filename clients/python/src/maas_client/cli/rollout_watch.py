"""Waits for the end of a rollout, and shows how it goes on."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from maas_client.answers import Rollout
from maas_client.cli.plain import plain
from maas_client.errors import ConnectionFailed, MaasError, RateLimited, Unavailable

ENDED = frozenset({"promoted", "aborted"})
# Seconds for which the API may be unreachable before a watch ends.
PATIENCE = 300.0
Show = Callable[[Rollout], None]


class RolloutAborted(MaasError):
    """A rollout has ended with its alias on the version before."""


class RolloutReplaced(MaasError):
    """Another rollout has begun since the last look, so nobody saw the end of the watched one."""


def watched(look: Callable[[], Rollout], every: float, show: Show) -> Rollout:
    """Returns the rollout when it has ended. `show` gets it whenever it was looked at.

    Raises:
        RolloutReplaced: the alias has another rollout.
        ApiError, ConnectionFailed: the API refuses, or was unreachable for PATIENCE seconds.
    """
    first = look()
    show(first)
    found, heard = first, time.monotonic()
    while found.state not in ENDED:
        time.sleep(every)
        try:
            found = look()
        except (ConnectionFailed, Unavailable, RateLimited):
            if time.monotonic() - heard > PATIENCE:
                raise
            continue
        heard = time.monotonic()
        if found.id != first.id:
            raise RolloutReplaced(f"another rollout of {first.alias} has begun: its history shows how this one ended")
        show(found)
    return found


def changes(write: Show) -> Show:
    """A `show` that writes a rollout whenever it has changed."""
    seen: list[int] = []

    def show(found: Rollout) -> None:
        if seen[-1:] != [found.revision]:
            seen.append(found.revision)
            write(found)

    return show


@contextmanager
def bar() -> Iterator[Show]:
    """Yields a `show` that draws a bar on stderr, the time of the step that has passed, below a line for each change.

    The lines go through the bar's console, which moves the bar down.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[left]}"))
    console = Console(file=sys.stderr, highlight=False, markup=False)
    with Progress(*columns, console=console, transient=True) as drawn:
        task = drawn.add_task("", total=1, left="")
        told = changes(lambda found: drawn.console.print(described(found)))

        def show(found: Rollout) -> None:
            told(found)
            length, passed = found.steps[found.step].for_, _passed(found)
            left = f"{length - passed} s left" if passed < length else ""
            drawn.update(task, description=f"{found.percent:g} %", total=length or 1, completed=passed, left=left)

        yield show


def described(found: Rollout) -> str:
    """One line about a rollout."""
    place = f"step {found.step + 1} of {len(found.steps)}"
    text = f"{found.alias} {found.live} -> {found.candidate}: {found.state}, {found.percent:g} %, {place}"
    return plain(f"{text}, {found.reason}" if found.reason else text)


def _passed(found: Rollout) -> int:
    """The seconds of the step until now, by this machine's clock; none while no time counts."""
    if found.state != "running":
        return 0
    seconds = (datetime.now(timezone.utc) - found.since).total_seconds()
    return max(0, min(found.steps[found.step].for_, int(seconds)))
