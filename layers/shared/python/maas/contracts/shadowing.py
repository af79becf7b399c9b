"""The message of the shadow function (wire/shadows.py writes it), and disagreements as callers see them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from maas.contracts.base import Answer, Body, Integer
from maas.contracts.rollouts import ToleranceBody

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


class DisagreementAnswer(Answer):
    """One call whose answers disagree: the first row that does, with some of its elements.

    `kind` is shape, label, number or rank. NaN and infinities are null.
    """

    prediction_id: str
    at: datetime
    output: str
    kind: str
    row: int
    live: list[bool | int | float | str | None]
    candidate: list[bool | int | float | str | None]


class DisagreementsAnswer(Answer):
    """Disagreements of a rollout, the latest first."""

    rollout_id: str
    live: str
    candidate: str
    items: list[DisagreementAnswer]
