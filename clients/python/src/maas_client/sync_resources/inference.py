"""Made by tools/client_sync.py from maas_client/resources/inference.py: do not edit."""

from collections.abc import Mapping, Sequence
from typing import Any

from maas_client.answers import Batch, Prediction, Warmed
from maas_client.portal import Portal
from maas_client.resources import inference as asynchronous


class Inference:
    """Predictions. `model` is an id or a name, `version` any reference; without it the model's default counts."""

    def __init__(self, portal: Portal, inner: asynchronous.Inference) -> None:
        self._portal, self._inner = portal, inner

    def predict(
        self,
        model: str,
        features: Any = None,
        *,
        inputs: dict[str, Any] | None = None,
        records: Any = None,
        version: str | None = None,
        outputs: Sequence[str] | None = None,
        key: str | None = None,
        route_by: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Prediction:
        """Returns the prediction for one row. For several rows, use predict_batch.

        Exactly one of these has the row: `features` is its values, [n] or [1, n]; `inputs` maps names of inputs to
        arrays, whose first dimension is the row; `records` is a list of one mapping by names of columns. Arrays of
        numpy and frames of pandas are taken too, and NaN in them is a missing value. `outputs` are the names of those
        to compute, the first of which is the prediction. `key` is your own name of the prediction, for feedback on it.
        `route_by` has query fields by which a rollout keeps the call on its side, such as {"routing_key": "ada"}.
        `timeout` is in seconds.

        Raises NotFound, WrongState (the version is not published), InvalidInput (the row does not fit),
        PredictionTimeout, DeadlineExceeded, TooLarge, ModelResources, ModelCrashed, ModelPaused, ArtifactUnavailable
        (its file is gone or was changed).
        """
        return self._portal.run(
            self._inner.predict,
            model,
            features,
            inputs=inputs,
            records=records,
            version=version,
            outputs=outputs,
            key=key,
            route_by=route_by,
            timeout=timeout,
        )

    def predict_batch(
        self,
        model: str,
        features: Any = None,
        *,
        inputs: dict[str, Any] | None = None,
        records: Any = None,
        version: str | None = None,
        outputs: Sequence[str] | None = None,
        key: str | None = None,
        route_by: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Batch | Prediction:
        """Returns the predictions for several rows; a Prediction if the model does not answer row by row.

        Exactly one of these has the rows: `features` is a list of them, [rows, n]; `inputs` maps names of inputs to
        arrays of the shape [rows, ...]; `records` is a list of mappings by names of columns. The rest is as in predict.
        """
        return self._portal.run(
            self._inner.predict_batch,
            model,
            features,
            inputs=inputs,
            records=records,
            version=version,
            outputs=outputs,
            key=key,
            route_by=route_by,
            timeout=timeout,
        )

    def warm(self, model: str, version: str = "latest", *, timeout: float | None = None) -> Warmed:
        """Loads a version in one process, the one that answers, and runs the samples of its metadata there."""
        return self._portal.run(self._inner.warm, model, version, timeout=timeout)
