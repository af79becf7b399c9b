"""Readiness reports as answers."""

from maas.contracts.readiness import PartAnswer, ReadinessAnswer
from maas.services.readiness import Report


def readiness_answer(report: Report) -> ReadinessAnswer:
    parts = [
        PartAnswer(name=part.name, state=part.state.value, milliseconds=part.milliseconds) for part in report.parts
    ]
    return ReadinessAnswer(ready=report.ready, parts=parts)
