"""The message to the surveyor of predictions."""

from typing import Literal

from maas.contracts.base import Body


class SurveyMessage(Body):
    """Asks for a survey of all versions that were called lately."""

    survey: Literal["all"]
