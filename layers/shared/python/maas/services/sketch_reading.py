"""Joins stored sketches to those of a window: whole days and hours from their rollups, the rest from minutes."""

from collections.abc import Iterable, Sequence

from maas.domain.monitoring.places import Flush, Place
from maas.domain.monitoring.sketches import VersionSketch, joined
from maas.domain.monitoring.windows import Period, Window
from maas.services.ports.monitoring import SketchStore
from maas.services.ports.sketches import Sketches

# Sketches that are joined at once, so that memory does not grow with a window.
_BATCH = 50


def read(store: SketchStore, sketches: Sketches, place: Place, window: Window) -> VersionSketch:
    """The sketch of all predictions in the window. No prediction counts twice. Raises Unavailable."""
    found, gaps = VersionSketch(), [window]
    for period in (Period.DAY, Period.HOUR, Period.MINUTE):
        rest: list[Window] = []
        for gap in gaps:
            flushes = store.flushes(place, period, _whole(gap, period))
            found, starts = _added(found, flushes, sketches)
            rest += _without(gap, sorted(starts), period.seconds)
        gaps = rest
    return found


def _whole(window: Window, period: Period) -> Window:
    """The whole periods of a window."""
    first = -(-window.start // period.seconds) * period.seconds
    return Window(first, window.end // period.seconds * period.seconds)


def _added(found: VersionSketch, flushes: Iterable[Flush], sketches: Sketches) -> tuple[VersionSketch, set[int]]:
    starts, batch = set[int](), [found]
    for flush in flushes:
        starts.add(flush.start)
        batch.append(flush.sketch)
        if len(batch) > _BATCH:
            batch = [joined(batch, sketches.joined)]
    return joined(batch, sketches.joined), starts


def _without(window: Window, starts: Sequence[int], seconds: int) -> list[Window]:
    """The parts of a window that none of these periods covers."""
    found, at = [], window.start
    for start in starts:
        if start > at:
            found.append(Window(at, start))
        at = start + seconds
    return [*found, Window(at, window.end)] if at < window.end else found
