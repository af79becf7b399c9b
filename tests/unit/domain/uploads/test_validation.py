from dataclasses import replace

import pytest

from maas.domain.catalog.versions import WARNING_MAX, WARNINGS_MAX, Artifact
from maas.domain.errors import InvalidInput
from maas.domain.uploads.validation import checked_outcome
from tests.support.sample_records import UPLOAD, VERSION


def outcome(*warnings: str) -> Artifact:
    assert VERSION.artifact is not None
    return replace(VERSION.artifact, storage_key=UPLOAD.storage_key, size=UPLOAD.size, warnings=warnings)


@pytest.mark.parametrize("warnings", [(), ("x" * WARNING_MAX,) * WARNINGS_MAX])
def test_warnings_up_to_their_bounds_are_stored(warnings: tuple[str, ...]) -> None:
    assert checked_outcome(outcome(*warnings), UPLOAD) == outcome(*warnings)


@pytest.mark.parametrize(
    ("warnings", "field", "rule"),
    [
        (("large",) * (WARNINGS_MAX + 1), "artifact.warnings", "max_items"),
        (("large", "x" * (WARNING_MAX + 1)), "artifact.warnings[1]", "max_length"),
        (("",), "artifact.warnings[0]", "min_length"),
        (("two\nlines",), "artifact.warnings[0]", "control_characters"),
    ],
)
def test_a_warning_out_of_bounds_is_named(warnings: tuple[str, ...], field: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        checked_outcome(outcome(*warnings), UPLOAD)
    assert [(error.field, error.rule) for error in caught.value.fields] == [(field, rule)]
