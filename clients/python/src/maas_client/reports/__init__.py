"""Pictures of answers, as PNG files: drift, performance, comparisons and rollouts.

They are drawn with matplotlib, which comes with the extra `reports` and is imported when something is drawn. No window
system is needed.
"""

from __future__ import annotations

import importlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from maas_client.answers import AliasMove, Comparison, Drift, Performance, Rollout
from maas_client.errors import MaasError
from maas_client.local_files import replaced

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Report = Drift | Performance | Comparison | Rollout
DPI = 100


class ReportError(MaasError):
    """The picture can't be drawn: matplotlib is missing."""


def require() -> None:
    """Raises ReportError, with the line that installs it, if matplotlib is not installed."""
    try:
        importlib.import_module("matplotlib.figure")
    except ImportError:
        raise ReportError("pictures need matplotlib: pip install 'maas-client[reports]'") from None


def draw(report: Report, *, name: str | None = None, history: Sequence[AliasMove] = ()) -> Figure:
    """Returns the picture of an answer: 1,000 pixels wide at 100 pixels an inch, and as high as its rows need.

    Args:
        report: an answer of `monitoring.drift`, `feedback.performance`, `feedback.compare` or `rollouts.get`.
        name: how the title calls the model, or the alias of a rollout. By default as the answer does.
        history: the moves of a rollout's alias, from `aliases.history`, in any order. Without them the picture of a
            rollout begins with its present step.

    Raises ReportError if matplotlib is not installed.
    """
    require()
    return importlib.import_module("maas_client.reports.charts").drawn(report, name, history)  # type: ignore[no-any-return]


def png(report: Report, *, name: str | None = None, history: Sequence[AliasMove] = ()) -> bytes:
    """Returns the same picture as the content of a PNG file. Raises ReportError."""
    figure, written = draw(report, name=name, history=history), io.BytesIO()
    importlib.import_module("maas_client.reports.charts").write(figure, written, DPI)
    return written.getvalue()


def save(report: Report, path: Path | str, *, name: str | None = None, history: Sequence[AliasMove] = ()) -> None:
    """Writes the picture to a PNG file, which is there whole or as it was before. Raises ReportError, FileError."""
    replaced(Path(path), png(report, name=name, history=history))
