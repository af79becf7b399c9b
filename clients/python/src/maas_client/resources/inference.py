"""Predictions."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import RootModel

from maas_client.answers import Batch, Prediction, Warmed
from maas_client.http.api import parsed
from maas_client.http.calls import Call, given, listed
from maas_client.resources.base import Resource
from maas_client.values import rows

_SERVER_MAX = 29.0  # seconds


class _Either(RootModel[Batch | Prediction]):
    pass


class Inference(Resource):
    """Predictions. `model` is an id or a name, `version` any reference; without it the model's default counts."""

    async def predict(
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
        answer = await self._predict(model, features, inputs, records, version, outputs, key, route_by, timeout)
        if isinstance(answer, Batch):
            raise ValueError("these are several rows: call predict_batch")  # noqa: TRY004 - a value, not a type
        return answer

    async def predict_batch(
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
        return await self._predict(model, features, inputs, records, version, outputs, key, route_by, timeout)

    async def warm(self, model: str, version: str = "latest", *, timeout: float | None = None) -> Warmed:
        """Loads a version in one process, the one that answers, and runs the samples of its metadata there."""
        where = self._model_path(model, "versions", version, "warm")
        seconds = self._told(timeout)
        headers = {} if seconds is None else {"x-request-timeout": str(seconds)}
        return await self._api.call(Call("POST", where, headers=headers, repeatable=True, timeout=timeout), Warmed)

    async def _predict(
        self,
        model: str,
        features: Any,
        inputs: dict[str, Any] | None,
        records: Any,
        version: str | None,
        outputs: Sequence[str] | None,
        key: str | None,
        route_by: Mapping[str, str] | None,
        timeout: float | None,
    ) -> Batch | Prediction:
        body = rows(features, inputs, records) | given(
            version=version,
            outputs=listed(outputs),
            timeout=self._told(timeout),
        )
        # A prediction changes nothing, so it may be sent twice.
        where = self._model_path(model, "predict")
        headers = {} if key is None else {"x-prediction-key": key}
        call = Call("POST", where, params=route_by or {}, body=body, headers=headers, repeatable=True, timeout=timeout)
        return parsed(await self._api.send(call), _Either).root

    def _told(self, timeout: float | None) -> float | None:
        """The time limit of a call, for the server to end the work with it; None if its own comes sooner."""
        seconds = self._api.sender.seconds(timeout)
        return seconds if seconds < _SERVER_MAX else None
