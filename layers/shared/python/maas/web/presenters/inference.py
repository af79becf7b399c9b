"""Predictions between the use case and the contract."""

import json
from typing import Any

from maas.contracts.inference import DataframeSplit, PredictRequest
from maas.domain.inference.frames import Split
from maas.domain.inference.results import ANY_AGE, CacheControl
from maas.domain.rollouts.routing import Assignment
from maas.domain.rollouts.sticky import NO_KEYS, RoutingKeys
from maas.platform.request_context import call_seconds
from maas.services.questions import Prediction, Question

_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def question(
    model_id: str,
    body: PredictRequest,
    *,
    timeout: float | None = None,
    control: CacheControl = ANY_AGE,
    keys: RoutingKeys = NO_KEYS,
) -> Question:
    """A question that ends before Lambda stops the function, so that the answer is a 408.

    `timeout` is the header's, in seconds. The shorter one of header and body counts.
    """
    seconds = call_seconds(min(body.timeout, timeout or body.timeout))
    return asked(model_id, body, timeout=seconds, control=control, keys=keys)


def asked(
    model_id: str, body: PredictRequest, *, timeout: float, control: CacheControl = ANY_AGE, keys: RoutingKeys = NO_KEYS
) -> Question:
    """A question that may take `timeout` seconds, whatever the body says."""
    return Question(
        model_id=model_id,
        version=body.version,
        features=body.features,
        inputs=body.inputs,
        instances=body.instances,
        records=body.dataframe_records,
        split=_split(body.dataframe_split),
        outputs=body.outputs,
        timeout=timeout,
        control=control,
        keys=keys,
    )


def rollout_json(rollout: Assignment | None) -> dict[str, str] | None:
    return None if rollout is None else {"id": rollout.rollout_id, "side": rollout.side}


def _split(frame: DataframeSplit | None) -> Split | None:
    return Split(frame.columns, frame.data) if frame else None


def prediction_json(found: Prediction) -> bytes:
    """A PredictionAnswer, or a BatchAnswer for several rows. The outputs are JSON already and only inserted."""
    if found.single:
        row: dict[str, Any] = {"prediction": found.rows[0], "class_name": found.class_names[0]}
    else:
        row = {"predictions": found.rows, "class_names": found.class_names}
    head = {
        **row,
        "prediction_id": found.id,
        "rollout": rollout_json(found.rollout),
        "model_id": found.version.model_id,
        "version": found.version.version,
        "cached": found.cached,
        "duration_ms": round(found.seconds * 1000, 3),
    }
    outputs = b",".join(_json(name) + b":" + output.content for name, output in found.outputs.items())
    return _json(head)[:-1] + b',"outputs":{' + outputs + b"}}"


def _json(value: Any) -> bytes:
    return _encode(value).encode()
