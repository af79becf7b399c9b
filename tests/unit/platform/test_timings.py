"""The end of a prediction that failed."""

import pytest

from maas.domain.errors import FieldError, InvalidInput, ModelCrashed, ModelResources, Rule
from maas.platform.timings import Timings


@pytest.mark.parametrize(
    ("code", "rule", "refused"),
    [
        (InvalidInput.code, Rule.MODEL, True),
        (InvalidInput.code, Rule.SHAPE, False),
        (ModelResources.code, Rule.MODEL, False),
        (ModelCrashed.code, None, False),
    ],
)
def test_values_that_the_model_could_not_compute_are_told_from_a_callers_faults(
    code: str, rule: Rule | None, refused: bool
) -> None:
    timings = Timings()
    timings.failed(code, [FieldError("features", rule, "it is wrong")] if rule else [])
    assert (timings.error, timings.refused) == (code, refused)
