"""The picture of a rollout: the candidate's share over time, what is planned, what has happened, and its guards."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from maas_client.answers import AliasMove, JudgedRollout, Rollout
from maas_client.reports import guards, style

# Lines of the list of changes. Of more, the last ones are written.
CHANGES_MAX = 12
_GOES_ON = frozenset({"scheduled", "preparing", "running"})
_HEIGHT, _LINE = 2.6, 0.2


def drawn(report: Rollout, name: str | None, history: Sequence[AliasMove]) -> Figure:
    changes = _changes(report, history)
    listed = changes[-CHANGES_MAX:]
    title = f"Rollout of {name or report.alias}: {report.live} to {report.candidate}, {report.state}"
    bounds = ", ".join(f"{each.metric} {each.threshold:g}" for each in report.guards) or "none"
    under = f"plan {report.plan}, sticky by {report.sticky_by}; guards: {bounds}"
    judged = report.judgement if isinstance(report, JudgedRollout) else None
    bottom = 0.3 + _LINE * len(listed)
    made = style.figure(style.HEAD + 0.35 + _HEIGHT + style.AXIS + bottom + guards.height(judged), title, under)
    chart = style.axes(made, 0.9, style.HEAD + 0.2, style.WIDTH - 1.2, _HEIGHT)
    _draw_share(chart, changes, _planned(report))
    chart.set_ylabel("calls that it computes too (%)" if report.plan == "shadow" else "share of the calls (%)")
    first = len(changes) - len(listed) + 1
    for place, each in enumerate(listed):
        top = style.HEAD + 0.5 + _HEIGHT + style.AXIS + _LINE * place
        line = f"{first + place}   {style.second(each.since)}   {each.state}, {each.percent:g} %"
        made.text(0.09, 1 - top / made.get_figheight(), style.short(f"{line}{_reason(each)}", 150), size=8, va="center")
    if judged and judged.guards:
        guards.draw(made, judged, style.HEAD + 0.35 + _HEIGHT + style.AXIS + bottom)
    return made


def _changes(report: Rollout, history: Sequence[AliasMove]) -> list[Rollout]:
    """Returns the rollout as it was after each of its changes, `since` being when it became so."""
    moves = [each for each in history if each.rollout and each.rollout.id == report.id]
    known = {
        each.rollout.revision: each.rollout.model_copy(update={"since": each.moved_at})
        for each in moves
        if each.rollout
    }
    known.setdefault(report.revision, report)
    return [known[revision] for revision in sorted(known)]


def _reason(each: Rollout) -> str:
    return f": {each.reason}" if each.reason else ""


def _planned(report: Rollout) -> list[tuple[datetime, float]]:
    """Returns when each of the next steps begins at the earliest, and the end of the last one."""
    if report.state not in _GOES_ON:
        return []
    at, points = report.since, [(report.since, report.percent)]
    for step in report.steps[report.step :]:
        points.append((at, step.percent))
        at += timedelta(seconds=step.for_)
    return [*points, (at, points[-1][1])]


def _draw_share(chart: Axes, changes: Sequence[Rollout], planned: Sequence[tuple[datetime, float]]) -> None:
    times = [each.since for each in changes]
    shares = [each.percent for each in changes]
    look = {"color": style.BLUE, "linewidth": 2}
    chart.step(times, shares, where="post", label="share that the candidate had", **look)  # type: ignore[arg-type]
    chart.scatter(times, shares, s=28, color=style.BLUE, zorder=3)  # type: ignore[arg-type]
    if planned:
        chart.step(
            [at for at, _ in planned],  # type: ignore[arg-type]
            [share for _, share in planned],
            where="post",
            color=style.ORANGE,
            linestyle="--",
            label="planned, if no guard is broken",
        )
    for number, each in enumerate(changes, start=1):
        chart.annotate(str(number), (each.since, each.percent), (4, 4), textcoords="offset points", size=8)
    chart.set_ylim(-3, 112)
    style.times(chart)
    chart.margins(x=0.04)
    chart.grid(axis="y", color=style.PALE, linewidth=0.5)
    chart.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, borderaxespad=0.1)
