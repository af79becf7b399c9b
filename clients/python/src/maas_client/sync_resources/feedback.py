"""Made by tools/client_sync.py from maas_client/resources/feedback.py: do not edit."""

from collections.abc import Mapping, Sequence
from typing import Any

from maas_client.answers import Comparison, FeedbackSent, Performance
from maas_client.portal import Portal
from maas_client.resources import feedback as asynchronous


class Feedback:
    """Feedback on predictions. `model` is the id or the name of a model of your organization."""

    def __init__(self, portal: Portal, inner: asynchronous.Feedback) -> None:
        self._portal, self._inner = portal, inner

    def send(
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
        return self._portal.run(
            self._inner.send,
            model,
            prediction_id=prediction_id,
            key=key,
            row=row,
            label=label,
            score=score,
            timeout=timeout,
        )

    def send_many(
        self, model: str, items: Sequence[Mapping[str, Any]], *, timeout: float | None = None
    ) -> FeedbackSent:
        """Tells the same of up to 1,000 rows, each a mapping of the arguments of `send`.

        Each has its own outcome. Raises InvalidInput if an item is malformed; then none is stored.
        """
        return self._portal.run(self._inner.send_many, model, items, timeout=timeout)

    def performance(
        self, model: str, *, window: str | None = None, by: str | None = None, timeout: float | None = None
    ) -> Performance:
        """Reads how good the predictions of the last `window` were, such as `24h` or `7d`.

        `by` is version, side (of rollouts) or segment.
        """
        return self._portal.run(self._inner.performance, model, window=window, by=by, timeout=timeout)

    def compare(
        self, model: str, old: str, new: str, *, window: str | None = None, timeout: float | None = None
    ) -> Comparison:
        """Compares two versions, given by their numbers, by the predictions of the last `window`."""
        return self._portal.run(self._inner.compare, model, old, new, window=window, timeout=timeout)
