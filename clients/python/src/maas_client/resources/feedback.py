"""Feedback on predictions, and how good versions are by it."""

from collections.abc import Mapping, Sequence
from typing import Any

from maas_client.answers import Comparison, FeedbackSent, Performance
from maas_client.http.calls import Call, given, path
from maas_client.resources.base import Resource


class Feedback(Resource):
    """Feedback on predictions. `model` is the id or the name of a model of your organization."""

    async def send(
        self,
        model: str,
        *,
        prediction_id: str | None = None,
        key: str | None = None,
        row: int | None = None,
        label: str | int | None = None,
        score: float | None = None,
        timeout: float | None = None,
    ) -> FeedbackSent:
        """Tells what one row of a prediction should have been. To send the same again changes nothing.

        One of `prediction_id` and `key` (of `inference.predict`) names the prediction. `label` is the true class: its
        name, its index or a truth value; `score` is the true number of a regression.

        Raises NotFound (model, prediction_id), InvalidInput (it does not fit the prediction).
        """
        item = given(prediction_id=prediction_id, key=key, row=row, label=label, score=score)
        return await self._send({"model_id": model, **item}, timeout)

    async def send_many(
        self, model: str, items: Sequence[Mapping[str, Any]], *, timeout: float | None = None
    ) -> FeedbackSent:
        """Tells the same of up to 1,000 rows, each a mapping of the arguments of `send`.

        Each has its own outcome. Raises InvalidInput if an item is malformed; then none is stored.
        """
        return await self._send({"model_id": model, "items": [dict(item) for item in items]}, timeout)

    async def performance(
        self, model: str, *, window: str | None = None, by: str | None = None, timeout: float | None = None
    ) -> Performance:
        """Reads how good the predictions of the last `window` were, such as `24h` or `7d`.

        `by` is version, side (of rollouts) or segment.
        """
        where = self._model_path(model, "performance")
        return await self._api.call(Call("GET", where, {"window": window, "by": by}, timeout=timeout), Performance)

    async def compare(
        self, model: str, old: str, new: str, *, window: str | None = None, timeout: float | None = None
    ) -> Comparison:
        """Compares two versions, given by their numbers, by the predictions of the last `window`."""
        where = self._model_path(model, "performance", "compare")
        params = {"from": old, "to": new, "window": window}
        return await self._api.call(Call("GET", where, params, timeout=timeout), Comparison)

    async def _send(self, body: dict[str, Any], timeout: float | None) -> FeedbackSent:
        call = Call("POST", path("feedback"), body=body, repeatable=True, timeout=timeout)
        return await self._api.call(call, FeedbackSent)
