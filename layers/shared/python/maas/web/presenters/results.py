"""Headers that answers of predictions have on both protocols."""

from collections.abc import Mapping

from maas.platform.request_cache import cache_headers
from maas.services.questions import Inferred, Prediction
from maas.web.presenters.deprecation import deprecation


def result_headers(found: Prediction | Inferred) -> Mapping[str, str]:
    """The prediction's id, whether the result was kept, for how many seconds (RFC 9111, 5.1), and deprecation."""
    return {"x-prediction-id": found.id, **cache_headers(found.age), **deprecation(found.version.deprecated_at)}
