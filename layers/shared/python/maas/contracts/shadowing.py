"""The message of the shadow function (wire/shadows.py writes it), and disagreements as callers see them."""

from typing import Annotated, Literal

from pydantic import Field

from maas.contracts.base import Body, Integer
from maas.contracts.tolerances import ToleranceBody

_Sizes = Annotated[list[Annotated[Integer, Field(ge=0)]], Field(max_length=64)]


class ShadowValues(Body):
    """The values of one input. `data` is base64 of the bytes of packing.py."""

    name: str
    dtype: str
    shape: _Sizes
    data: str


class ShadowOutput(Body):
    """One output of the live answer. `content` is base64."""

    name: str
    form: Literal["nested", "flat", "raw"]
    dtype: str
    shape: _Sizes
    content: str


class ShadowCall(Body):
    """A call of a message. One from before there were tolerances has the default."""

    tenant_id: str
    model_id: str
    rollout_id: str
    candidate: str
    prediction_id: str
    at: float
    tolerance: ToleranceBody = Field(default_factory=ToleranceBody)
    values: list[ShadowValues]
    answer: list[ShadowOutput]


class ShadowsMessage(Body):
    """Asks for a candidate's answers to calls that live has answered."""

    shadows: list[ShadowCall]
