"""`maas rollout`."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import click

from maas_client.answers import AliasMove, JudgedRollout, Rollout
from maas_client.answers.base import Answer
from maas_client.cli.alias_places import AliasPlace, place_argument
from maas_client.cli.operations import App, limit_option, operation, page_size
from maas_client.cli.pictures import draw, png_option
from maas_client.cli.rollout_guards import HEAD, rows, told
from maas_client.cli.rollout_options import guard, moment, step
from maas_client.cli.rollout_options import tolerance as tolerance_option
from maas_client.cli.rollout_watch import RolloutAborted, bar, changes, watched

_COLUMNS = ("at", "state", "percent", "candidate", "reason", "by")
_DISAGREED = ("at", "output", "kind", "row", "live", "candidate", "prediction_id")
# Changes of the alias that are looked through for those of the rollout.
_DRAWN_MAX = 500
_PLANS = ("canary", "ab", "shadow", "blue_green")

reason_option = click.option("--reason", help="Why; the history of the alias keeps it.")


class RolloutMove(Answer):
    """A change of a rollout, as the history of its alias has it."""

    at: datetime
    id: str
    state: str
    step: int
    percent: float
    live: str
    candidate: str
    reason: str | None
    by: str


@click.group()
def rollout() -> None:
    """Rollouts: move the calls of an alias to another version in steps, and back if that is worse."""


@operation(
    rollout,
    "start",
    "maas rollout start iris@production 1.1.0 --step 5%:10m --step 100%:10m --guard error_rate=0.02",
    "maas rollout start iris@production ^1 --plan ab --sticky-by header:x-user --no-guards",
    "maas rollout start iris@production 1.1.0 --plan blue_green --start-at +12h",
    "maas rollout start iris@production",
)
@place_argument("[CANDIDATE]")
@click.option("--plan", type=click.Choice(_PLANS), help="Default: canary.")
@click.option(
    "--step",
    "steps",
    type=step,
    multiple=True,
    metavar="PERCENT%:DURATION",
    help="Share and duration; repeat it. Default: the plan's.",
)
@click.option(
    "--guard",
    "guards",
    type=guard,
    multiple=True,
    metavar="METRIC=THRESHOLD",
    help="A bound on the candidate; repeat it. Also latency=1.5,quantile=0.95,min_calls=100.",
)
@click.option("--no-guards", is_flag=True, help="Nothing aborts it by itself.")
@click.option("--sticky-by", help="caller (default), random (default of a shadow), query, query:FIELD or header:NAME.")
@click.option("--budget", type=int, help="Calls that a shadow computes at most in an hour.")
@click.option(
    "--tolerance",
    type=tolerance_option,
    metavar="KIND=NUMBER",
    help="How far numbers of a shadow may be from live's: relative=0.05,absolute=0.001.",
)
@click.option("--start-at", type=moment, metavar="TIME", help="When it begins, also +12h. Default: at once.")
@click.option("--release", is_flag=True, help="Take a candidate that is ready, and publish and load it first.")
@click.option("--force-reason", help="Take a candidate that breaks callers, for this reason.")
@click.option("--reason", help="Why a scheduled one begins now.")
def start(app: App, place: AliasPlace, no_guards: bool, reason: str | None, **options: Any) -> None:
    """Begin a rollout to CANDIDATE; without one, begin now what is scheduled."""
    model, alias, candidate = place.model, place.alias, place.rest[0] if place.rest else None
    given = {name: value for name, value in options.items() if value is not None and value is not False and value != ()}
    if candidate is None:
        if given or no_guards:
            raise click.UsageError("give the candidate")
        _show(app, app.client.rollouts.change(model, alias, "start", reason=reason))
        return
    if no_guards and "guards" in given:
        raise click.UsageError("give --guard or --no-guards")
    if reason is not None:
        raise click.UsageError("--reason is for a rollout that is scheduled")
    no_guard: dict[str, Any] = {"guards": []} if no_guards else {}
    _show(app, app.client.rollouts.start(model, alias, candidate, **given, **no_guard))


@operation(
    rollout,
    "status",
    "maas rollout status iris@production",
    "maas rollout status iris@production --watch --every 2",
    "maas rollout status iris@production --png rollout.png",
)
@place_argument()
@click.option("--watch", is_flag=True, help="Wait for its end: exit code 0 if it is promoted, 1 if it is aborted.")
@click.option(
    "--every", type=click.FloatRange(0.1, 3600), default=5, show_default=True, help="Seconds between two looks."
)
@png_option
def status(app: App, place: AliasPlace, watch: bool, every: float, png: Path | None) -> None:
    """Show the last rollout of an alias, and what its guards have seen.

    A watch writes it whenever that changes, and draws its end.
    """

    def look() -> JudgedRollout:
        return app.client.rollouts.get(place.model, place.alias)

    found = _watched(app, look, every) if watch else look()
    if png:
        moves = islice(app.client.aliases.history(place.model, place.alias), _DRAWN_MAX)
        draw(app.output, png, found, str(place), [*moves])
    if not watch:
        _show_judged(app, found)
    elif found.state == "aborted":
        raise RolloutAborted(f"the rollout is aborted{f': {found.reason}' if found.reason else ''}")


def _watched(app: App, look: Callable[[], JudgedRollout], every: float) -> JudgedRollout:
    """Waits on a terminal with a bar and a table, else with a line for each change."""
    if app.output.as_json or app.output.quiet:
        return watched(look, every, changes(lambda found: _show_judged(app, found)))
    with bar() as draw:
        ended = watched(look, every, draw)
    _show_judged(app, ended)
    return ended


def _action(name: str, help_text: str, *more: str) -> click.Command:
    """Makes the command of an action."""

    def change(app: App, place: AliasPlace, reason: str | None) -> None:
        _show(app, app.client.rollouts.change(place.model, place.alias, name, reason=reason))

    change.__doc__ = help_text
    made = place_argument()(reason_option(change))
    return operation(rollout, name, f"maas rollout {name} iris@production", *more)(made)


pause = _action("pause", "Keep the share as it is: no step follows by itself.")
resume = _action("resume", "Go on with a paused rollout; the time of its step stood still.")
advance = _action("advance", "Begin the next step now.")
promote = _action("promote", "End it with the alias on the candidate.")
abort = _action(
    "abort",
    "End it with the alias on its old version.",
    "maas rollout abort iris@production --reason 'Slower than expected'",
)


@operation(rollout, "history", "maas rollout history iris@production", "maas rollout history iris@production --limit 5")
@place_argument()
@limit_option
def history(app: App, place: AliasPlace, limit: int) -> None:
    """List the changes of an alias's rollouts, the newest first."""
    found = app.client.aliases.history(place.model, place.alias, limit=page_size(limit))
    app.output.records(islice(_moves(found), limit), _COLUMNS, key="state")


@operation(rollout, "disagreements", "maas rollout disagreements iris@production")
@place_argument()
def disagreements(app: App, place: AliasPlace) -> None:
    """List where the answers of a shadow disagree with those of the live version, the latest first."""
    found = app.client.rollouts.disagreements(place.model, place.alias)
    app.output.records(found.items, _DISAGREED, key="prediction_id")


def _moves(found: Iterable[AliasMove]) -> Iterator[RolloutMove]:
    for move in found:
        if move.rollout and move.kind in ("rollout", "promote"):
            of = move.rollout
            yield RolloutMove(
                at=move.moved_at,
                id=of.id,
                state=of.state,
                step=of.step,
                percent=of.percent,
                live=of.live,
                candidate=of.candidate,
                reason=move.reason,
                by=move.moved_by,
            )


def _show(app: App, found: Rollout) -> None:
    app.output.record(found, key="state")


def _show_judged(app: App, found: JudgedRollout) -> None:
    """A program gets one object, a person the rollout and a table of its guards."""
    if app.output.as_json or app.output.quiet:
        app.output.record(found, key="state")
        return
    plain = Rollout(**{name: getattr(found, name) for name in Rollout.model_fields})
    app.output.record(plain, key="state")
    if found.judgement:
        app.output.table((told(found.judgement),), [])
        app.output.table(HEAD, rows(found.judgement))
