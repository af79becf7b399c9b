"""Small models as people have them, made at test time: each with a request, as JSON would bring it."""

from collections.abc import Callable, Mapping

from tests.samples.graph_models import GRAPHS
from tests.samples.model_case import Case
from tests.samples.sklearn_models import SKLEARN
from tests.samples.text_models import BOOSTED, TEXTS

MODELS: Mapping[str, Callable[[], Case]] = {**SKLEARN, **TEXTS, **BOOSTED, **GRAPHS}
