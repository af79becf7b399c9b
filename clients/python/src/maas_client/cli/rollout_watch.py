"""Waits for the end of a rollout, and shows how it goes on."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from maas_client.answers import JudgedRollout, Judgement, Rollout
from maas_client.cli.plain import plain
from maas_client.cli.rollout_guards import HEAD, rows, seen, told
from maas_client.errors import ConnectionFailed, MaasError, RateLimited, Unavailable

ENDED = frozenset({"promoted", "aborted"})
# Seconds for which the API may be unreachable before a watch ends.
PATIENCE = 300.0
Show = Callable[[JudgedRollout], None]


class RolloutAborted(MaasError):
    """A rollout has ended with its alias on the version before."""


class RolloutReplaced(MaasError):
    """Another rollout has begun since the last look, so nobody saw the end of the watched one."""


def watched(look: Callable[[], JudgedRollout], every: float, show: Show) -> JudgedRollout:
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
    """A `show` that writes a rollout whenever it, its reason to wait, or the state of a guard has changed."""
    last: list[tuple[object, ...]] = []

    def show(found: JudgedRollout) -> None:
        news = (found.revision, *seen(found.judgement))
        if last[-1:] != [news]:
            last.append(news)
            write(found)

    return show


@contextmanager
def bar() -> Iterator[Show]:
    """Yields a `show` that draws on stderr: the time of the step that has passed, and a table of the guards.

    They stand below a line for each change. The lines go through the same console, which moves the rest down.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[left]}"))
    console = Console(file=sys.stderr, highlight=False, markup=False)
    drawn = Progress(*columns, console=console)
    task = drawn.add_task("", total=1, left="")
    with Live(drawn, console=console, transient=True) as live:
        write = changes(lambda found: console.print(described(found)))

        def show(found: JudgedRollout) -> None:
            write(found)
            length, passed = found.steps[found.step].for_, _passed(found)
            left = f"{length - passed} s left" if passed < length else ""
            drawn.update(task, description=f"{found.percent:g} %", total=length or 1, completed=passed, left=left)
            live.update(Group(drawn, _guards(found.judgement)) if found.judgement else drawn)

        yield show


def _guards(found: Judgement) -> Table:
    table = Table(*HEAD, box=None, pad_edge=False, title=plain(told(found)), title_justify="left")
    for row in rows(found):
        table.add_row(*map(plain, row))
    return table


def described(found: JudgedRollout) -> str:
    """One line about a rollout."""
    place = f"step {found.step + 1} of {len(found.steps)}"
    text = f"{found.alias} {found.live} -> {found.candidate}: {found.state}, {found.percent:g} %, {place}"
    more = (found.reason, told(found.judgement) if found.judgement and found.state not in ENDED else None)
    return plain(", ".join([text, *(each for each in more if each)]))


def _passed(found: Rollout) -> int:
    """The seconds of the step until now, by this machine's clock; none while no time counts."""
    if found.state != "running":
        return 0
    seconds = (datetime.now(timezone.utc) - found.since).total_seconds()
    return max(0, min(found.steps[found.step].for_, int(seconds)))
