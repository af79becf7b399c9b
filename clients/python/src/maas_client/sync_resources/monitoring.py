"""Made by tools/client_sync.py from maas_client/resources/monitoring.py: do not edit."""

from typing import Any

from maas_client.answers import Baseline, Drift, Monitoring
from maas_client.portal import Portal
from maas_client.resources import monitoring as asynchronous


class MonitoringResource:
    """Figures of a version's predictions. `window` is a number and m, h or d, such as 15m, 1h or 7d."""

    def __init__(self, portal: Portal, inner: asynchronous.MonitoringResource) -> None:
        self._portal, self._inner = portal, inner

    def get(self, model: str, ref: str, *, window: str | None = None, timeout: float | None = None) -> Monitoring:
        """Returns what the values of predictions came to in a window (1h)."""
        return self._portal.run(self._inner.get, model, ref, window=window, timeout=timeout)

    def drift(
        self,
        model: str,
        ref: str,
        *,
        window: str | None = None,
        baseline: str | None = None,
        timeout: float | None = None,
    ) -> Drift:
        """Compares a window (1h) with a baseline: given, first or previous, or the first of these that there is."""
        return self._portal.run(self._inner.drift, model, ref, window=window, baseline=baseline, timeout=timeout)

    def baseline(self, model: str, ref: str, *, kind: str | None = None, timeout: float | None = None) -> Baseline:
        """Returns the baseline of this kind, or the first of given, first and previous. Raises NotFound."""
        return self._portal.run(self._inner.baseline, model, ref, kind=kind, timeout=timeout)

    def set_baseline(self, model: str, ref: str, rows: Any, *, timeout: float | None = None) -> Baseline:
        """Sets what these rows come to as the baseline; the rows are not sent.

        `rows` is a data frame, a mapping of columns by name, a list of records, or an array [rows, n]. Raises
        BadArgument, InvalidInput if the columns are others than the version's.
        """
        return self._portal.run(self._inner.set_baseline, model, ref, rows, timeout=timeout)
