"""What the values of predictions come to, and whether they drift from a baseline."""

from typing import Any

from maas_client.answers import Baseline, Drift, Monitoring, Version
from maas_client.baselines import baseline_of
from maas_client.http.calls import Call, given
from maas_client.resources.base import Resource


class MonitoringResource(Resource):
    """Figures of a version's predictions. `window` is a number and m, h or d, such as 15m, 1h or 7d."""

    async def get(self, model: str, ref: str, *, window: str | None = None, timeout: float | None = None) -> Monitoring:
        """Returns what the values of predictions came to in a window (1h)."""
        where = self._model_path(model, "versions", ref, "monitoring")
        return await self._api.call(Call("GET", where, given(window=window), timeout=timeout), Monitoring)

    async def drift(
        self,
        model: str,
        ref: str,
        *,
        window: str | None = None,
        baseline: str | None = None,
        timeout: float | None = None,
    ) -> Drift:
        """Compares a window (1h) with a baseline: given, first or previous, or the first of these that there is."""
        where, params = self._model_path(model, "versions", ref, "drift"), given(window=window, baseline=baseline)
        return await self._api.call(Call("GET", where, params, timeout=timeout), Drift)

    async def baseline(
        self, model: str, ref: str, *, kind: str | None = None, timeout: float | None = None
    ) -> Baseline:
        """Returns the baseline of this kind, or the first of given, first and previous. Raises NotFound."""
        where = self._model_path(model, "versions", ref, "baseline")
        return await self._api.call(Call("GET", where, given(kind=kind), timeout=timeout), Baseline)

    async def set_baseline(self, model: str, ref: str, rows: Any, *, timeout: float | None = None) -> Baseline:
        """Sets what these rows come to as the baseline; the rows are not sent.

        `rows` is a data frame, a mapping of columns by name, a list of records, or an array [rows, n]. Raises
        BadArgument, InvalidInput if the columns are others than the version's.
        """
        read = Call("GET", self._model_path(model, "versions", ref), timeout=timeout)
        body = await baseline_of(rows, lambda: self._api.call(read, Version))
        where = self._model_path(model, "versions", ref, "baseline")
        return await self._api.call(Call("PUT", where, body=body, timeout=timeout), Baseline)
