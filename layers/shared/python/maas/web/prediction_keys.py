"""The request header X-Prediction-Key: the caller's own name of a prediction, for feedback on it."""

from fastapi import Request

from maas.domain.feedback.given import check_key
from maas.platform.request_context import CURRENT


def name_prediction(request: Request) -> None:
    """Takes the key of a request. Raises InvalidInput (x-prediction-key)."""
    key = request.headers.get("x-prediction-key")
    if key is not None and (current := CURRENT.get()):
        current.prediction_key = check_key("x-prediction-key", key)
