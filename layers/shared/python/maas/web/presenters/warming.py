"""Warm-ups between the use case and the contract."""

from typing import Any

from pydantic import ValidationError

from maas.contracts.inference import PredictRequest
from maas.contracts.predictions import WarmAnswer
from maas.domain.catalog.versions import Version
from maas.domain.errors import InvalidInput, Rule
from maas.domain.inference.results import FRESH
from maas.services.questions import Question
from maas.services.warming import Warmed
from maas.web.field_rules import path_of, rule_of, words_of
from maas.web.presenters.inference import asked

# Fields of a prediction's body that a sample does not have: it is run with its own version, in the time of the warm-up.
_NOT_ITS_OWN = ("version", "timeout")


def sample_question(version: Version, sample: Any, seconds: float) -> Question:
    """The prediction that a sample of a version's metadata asks for: a body of `predict`, without version and timeout.

    Raises InvalidInput.
    """
    try:
        body = PredictRequest.model_validate(sample)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        rule = rule_of(first["type"])
        raise InvalidInput.of(path_of(("body", *first["loc"])), rule, words_of(first)) from None
    for name in _NOT_ITS_OWN:
        if name in body.model_fields_set:
            raise InvalidInput.of(name, Rule.UNKNOWN, "is not a field of a sample")
    return asked(version.model_id, body.model_copy(update={"version": version.version}), timeout=seconds, control=FRESH)


def warm_answer(found: Warmed) -> WarmAnswer:
    return WarmAnswer(
        model_id=found.version.model_id,
        version=found.version.version,
        samples=found.samples,
        refused_samples={str(place): reason for place, reason in found.refused.items()},
        duration_ms=round(found.seconds * 1000, 3),
    )
