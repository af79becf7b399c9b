"""Bodies of the prediction routes."""

from typing import Annotated, Any

from pydantic import Field

from maas.contracts.base import Answer, Body
from maas.domain.catalog.references import REFERENCE_MAX


class PredictRequest(Body):
    """Exactly one of `features` (one row, or a list of rows, of a model with one input) and `inputs` (by name)."""

    version: str = Field("latest", max_length=REFERENCE_MAX)
    features: list[Any] | None = None
    inputs: dict[str, Any] | None = None
    timeout: Annotated[float, Field(gt=0, le=29, allow_inf_nan=False, description="seconds")] = 29


class InferenceRequest(PredictRequest):
    """A prediction whose model is named in the body."""

    model_id: str = Field(max_length=64)


class PredictionAnswer(Answer):
    """The answer for one row. `prediction`: the first output, without the lists of one item around it.

    `outputs`: nested lists by name, NaN and infinities as null. `duration_ms`: inside the service.
    """

    prediction: Any
    class_name: str | None
    model_id: str
    version: str
    cached: bool
    duration_ms: float
    outputs: dict[str, Any]


class BatchAnswer(Answer):
    """The answer for many rows, in their order; the rest as for one."""

    predictions: list[Any]
    class_names: list[str | None]
    model_id: str
    version: str
    cached: bool
    duration_ms: float
    outputs: dict[str, Any]
