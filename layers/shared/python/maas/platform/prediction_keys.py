"""The header X-Prediction-Key, over gRPC the metadata: the caller's own name of a prediction, for feedback on it."""

from collections.abc import Mapping

from maas.domain.feedback.given import check_key
from maas.platform.request_context import CURRENT


def name_prediction(headers: Mapping[str, str]) -> None:
    """Takes the key of the current request. Raises InvalidInput (x-prediction-key)."""
    key = headers.get("x-prediction-key")
    if key is not None and (current := CURRENT.get()):
        current.prediction_key = check_key("x-prediction-key", key)
