"""Bodies of the routes of disagreements."""

from datetime import datetime

from maas.contracts.base import Answer


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
