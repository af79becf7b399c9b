"""Bodies of the Open Inference Protocol v2 over HTTP.

https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
"""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from maas.contracts.base import Answer, Body, Integer

TENSORS_MAX, NAME_MAX, RANK_MAX, PARAMETERS_MAX = 128, 256, 16, 64


def _single(value: Any) -> Any:
    """Accepts what a parameter may be; the union would answer with an error for each of its types."""
    if not isinstance(value, bool | int | float | str):
        raise PydanticCustomError("parameter_type", "must be a text, a number, true or false")
    return value


Parameters = dict[str, Annotated[bool | int | float | str, BeforeValidator(_single)]]


class InferInput(Body):
    """One input. Without `data`, its bytes are behind the JSON, as many as the parameter `binary_data_size` says."""

    name: str = Field(max_length=NAME_MAX)
    shape: list[Integer] = Field(max_length=RANK_MAX)
    datatype: str = Field(max_length=16)
    parameters: Parameters = Field({}, max_length=PARAMETERS_MAX)
    data: list[Any] | None = Field(None, description="row-major, flat or nested as the shape is")


class InferOutput(Body):
    """One output to compute. The parameter `binary_data` asks for bytes behind the JSON of the answer."""

    name: str = Field(max_length=NAME_MAX)
    parameters: Parameters = Field({}, max_length=PARAMETERS_MAX)


class InferRequest(Body):
    """A request for a prediction. Without `outputs`, all are computed.

    Of the parameters, `binary_data_output` asks for all outputs as bytes, and `timeout` is in microseconds. Others are
    ignored. `model_name` and `model_version` are ignored too: the path has them.
    """

    id: str | None = Field(None, max_length=NAME_MAX)
    model_name: str | None = None
    model_version: str | None = None
    parameters: Parameters = Field({}, max_length=PARAMETERS_MAX)
    inputs: list[InferInput] = Field(max_length=TENSORS_MAX)
    outputs: list[InferOutput] | None = Field(None, max_length=TENSORS_MAX)


class OutputAnswer(Answer):
    """One output. It has either `data` or the parameter `binary_data_size`."""

    name: str
    datatype: str
    shape: list[int]
    data: list[Any] | None = None
    parameters: dict[str, int] | None = None


class InferAnswerParameters(Answer):
    """The prediction's own id, which feedback names it by, and the rollout and its side if one moves the alias."""

    prediction_id: str
    rollout_id: str | None = None
    rollout_side: str | None = None


class InferAnswer(Answer):
    """A prediction. `model_name` is the name that the request has, `model_version` the number that answered.

    `id` is the request's own.
    """

    model_name: str
    model_version: str
    id: str | None = None
    parameters: InferAnswerParameters
    outputs: list[OutputAnswer]


class DeclaredTensorAnswer(Answer):
    """One input or output. -1 in its shape is any length."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadataAnswer(Answer):
    """A model as the version in the path has it. `versions` has the number of that version."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[DeclaredTensorAnswer]
    outputs: list[DeclaredTensorAnswer]


class ModelReadyAnswer(Answer):
    """A model that predictions can be asked of."""

    name: str
    ready: bool


class ServerMetadataAnswer(Answer):
    """The server, and the extensions of the protocol that it has."""

    name: str
    version: str
    extensions: list[str]


class LiveAnswer(Answer):
    live: bool


class ReadyAnswer(Answer):
    ready: bool
