"""The client's operations of feedback, for client_operations.py."""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from maas.contracts import feedback
from maas_client import AsyncClient
from tests.support.client_api import MODEL_ID as M

FEEDBACK: dict[str, tuple[Callable[[AsyncClient], Any], str, type[BaseModel] | None]] = {
    "feedback.send": (
        lambda c: c.feedback.send(M, prediction_id=M, row=1, label="setosa"),
        "POST feedback",
        feedback.FeedbackRequest,
    ),
    "feedback.send_many": (
        lambda c: c.feedback.send_many(M, [{"key": "k", "label": 1}, {"key": "l", "score": 1.5}]),
        "POST feedback",
        feedback.FeedbackRequest,
    ),
    "feedback.performance": (
        lambda c: c.feedback.performance(M, window="7d", by="segment"),
        f"GET models/{M}/performance",
        None,
    ),
    "feedback.compare": (
        lambda c: c.feedback.compare(M, "1.0.0", "1.1.0", window="7d"),
        f"GET models/{M}/performance/compare",
        None,
    ),
}
