"""Bodies of requests for predictions."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from maas.contracts.base import Body

REFERENCE_MAX = 256
# Seconds, less than those of the function.
TIMEOUT_MAX = 29


def rows(value: Any) -> Any:
    """Accepts a list or an object; a union of both would answer with an error for each."""
    if not isinstance(value, list | dict):
        raise PydanticCustomError("rows_type", "must be a list or an object")
    return value


class DataframeSplit(Body):
    """A data frame as pandas' `to_dict("split")` and MLflow write it. `index` has any value and is ignored."""

    columns: list[str]
    data: list[list[Any]]

    @model_validator(mode="before")
    @classmethod
    def _without_index(cls, value: Any) -> Any:
        return {name: item for name, item in value.items() if name != "index"} if isinstance(value, dict) else value


class PredictRequest(Body):
    """The values of a prediction, given in exactly one way.

    `features` is one row, or a list of rows, for a model with one input; or a record (an object by column), or a list
    of records. `inputs` has the values of each input by name. `instances` are rows or records, as TensorFlow Serving
    has them. The data frames have MLflow's names.
    `outputs` names the outputs to compute; the first one is the prediction. Without it, all are computed.
    """

    # Left out, it is the model's default_ref.
    version: str = Field("", min_length=1, max_length=REFERENCE_MAX)
    features: Annotated[Any, BeforeValidator(rows)] = None
    inputs: dict[str, Any] | None = None
    instances: list[Any] | None = None
    dataframe_records: list[dict[str, Any]] | None = None
    dataframe_split: DataframeSplit | None = None
    outputs: list[str] | None = Field(None, min_length=1, max_length=128)
    timeout: Annotated[float, Field(gt=0, le=TIMEOUT_MAX, allow_inf_nan=False, description="seconds")] = TIMEOUT_MAX


class InferenceRequest(PredictRequest):
    """A prediction whose model is named in the body."""

    model_id: str = Field(
        max_length=165, description="the model's id or name, or `owner/name` with the id of its organization"
    )
