"""Bodies of the pinned model, as services of one model commonly have them."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from maas.contracts.base import Answer, Body
from maas.contracts.inference import rows


class PinnedHealthAnswer(Answer):
    """The state of the service. `model_loaded`: the process that answers has loaded the pinned model."""

    status: Literal["healthy"]
    model_loaded: bool


class PinnedRequest(Body):
    """`features` is one row or a list of rows; a row is a list of values, or an object by column."""

    features: Annotated[Any, BeforeValidator(rows)]


class PinnedAnswer(Answer):
    """The answer for one row.

    `prediction` is the model's first output. `class_name` is its name in the version's `class_names`, or the
    prediction itself if that is a text. `probabilities` has one number for each class, from the first float output
    that has several numbers for a row; `confidence` is the largest of them. Each is null for a model without it.
    """

    prediction: Any
    class_name: str | None
    confidence: float | None
    probabilities: list[float] | None
    model_version: str


class PinnedBatchAnswer(Answer):
    """The answer for a list of rows, in their order. The members are those of PinnedAnswer, one item per row."""

    predictions: list[Any]
    class_names: list[str | None]
    confidences: list[float | None]
    probabilities: list[list[float] | None]
    model_version: str
