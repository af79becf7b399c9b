"""The picture of each kind of answer."""

from collections.abc import Sequence
from typing import BinaryIO

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from maas_client.answers import AliasMove, Comparison, Drift, Performance, Rollout
from maas_client.reports import comparisons, drift, performance, rollouts
from maas_client.reports.style import SETTINGS


def drawn(report: Drift | Performance | Comparison | Rollout, name: str | None, history: Sequence[AliasMove]) -> Figure:
    with mpl.rc_context(SETTINGS):
        if isinstance(report, Drift):
            made = drift.drawn(report, name)
        elif isinstance(report, Performance):
            made = performance.drawn(report, name)
        elif isinstance(report, Comparison):
            made = comparisons.drawn(report, name)
        else:
            made = rollouts.drawn(report, name, history)
        FigureCanvasAgg(made)  # which needs no window system, whatever matplotlib is set up to use
        return made


def write(made: Figure, file: BinaryIO, dpi: int) -> None:
    with mpl.rc_context(SETTINGS):
        made.savefig(file, format="png", dpi=dpi)
