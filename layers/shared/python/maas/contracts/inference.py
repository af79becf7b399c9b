"""Bodies of the prediction routes."""

from typing import Annotated, Any

from pydantic import Field

from maas.contracts.base import Answer, Body

REFERENCE_MAX = 256


class PredictRequest(Body):
    """The values of a prediction. Exactly one of `features` and `inputs` is given.

    `features` is one row, or a list of rows, for a model with one input. `inputs` has the values of each input by name.
    """

    version: str = Field("latest", max_length=REFERENCE_MAX)
    features: list[Any] | None = None
    inputs: dict[str, Any] | None = None
    timeout: Annotated[float, Field(gt=0, le=29, allow_inf_nan=False, description="seconds")] = 29


class InferenceRequest(PredictRequest):
    """A prediction whose model is named in the body."""

    model_id: str = Field(max_length=64)


class PredictionAnswer(Answer):
    """The answer for one row. `prediction` is the first output without the lists of one item around it.

    `outputs` are nested lists by name, with null for NaN and infinities. `duration_ms` is the time inside the service.
    """

    prediction: Any
    class_name: str | None
    model_id: str
    version: str
    cached: bool
    duration_ms: float
    outputs: dict[str, Any]


class BatchAnswer(Answer):
    """The answer for several rows, in their order; the other fields are those of PredictionAnswer."""

    predictions: list[Any]
    class_names: list[str | None]
    model_id: str
    version: str
    cached: bool
    duration_ms: float
    outputs: dict[str, Any]
