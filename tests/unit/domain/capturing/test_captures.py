"""What a model's owner may have stored, and the names of its files."""

import math
from datetime import UTC, datetime, timedelta

import pytest

from maas.domain.capturing.captures import NAME_MAX, REDACT_MAX, Capture, CaptureFile, new_key
from maas.domain.catalog.versions import Tensor
from maas.domain.errors import InvalidInput, Rule
from maas.domain.monitoring.captured import redactable
from tests.support.predicted import version

IRIS = version([Tensor("x", "float", (-1, 2))], feature_names=["petal", "sepal"])
KNOWN = redactable(IRIS)


@pytest.mark.parametrize("percent", [0, -1, 100.001, 101, math.nan, math.inf])
def test_a_share_is_more_than_0_and_at_most_100(percent: float) -> None:
    with pytest.raises(InvalidInput) as found:
        Capture(percent=percent).checked(KNOWN)
    assert (found.value.fields[0].field, found.value.fields[0].rule) == ("percent", Rule.RANGE)


@pytest.mark.parametrize("days", [-1, 0, 2, 91, 365])
def test_files_are_kept_for_as_long_as_the_bucket_has_rules_for(days: int) -> None:
    with pytest.raises(InvalidInput) as found:
        Capture(percent=1, keep_days=days).checked(KNOWN)
    assert (found.value.fields[0].field, found.value.fields[0].rule) == ("keep_days", Rule.ENUM)


@pytest.mark.parametrize(
    ("redact", "field", "rule"),
    [
        (("petal", "age"), "redact[1]", Rule.UNKNOWN),
        (("petal", "petal"), "redact[1]", Rule.REPEATED),
        (("y" * (NAME_MAX + 1),), "redact[0]", Rule.MAX_LENGTH),
        (tuple(map(str, range(REDACT_MAX + 1))), "redact", Rule.MAX_ITEMS),
    ],
)
def test_redacted_names_are_those_of_the_version(redact: tuple[str, ...], field: str, rule: Rule) -> None:
    with pytest.raises(InvalidInput) as found:
        Capture(percent=1, redact=redact).checked(KNOWN)
    assert (found.value.fields[0].field, found.value.fields[0].rule) == (field, rule)


def test_without_known_names_nothing_is_redacted() -> None:
    assert Capture(percent=1).checked(frozenset()) == Capture(percent=1)
    with pytest.raises(InvalidInput):
        Capture(percent=1, redact=("petal",)).checked(frozenset())


def test_inputs_and_features_may_be_redacted() -> None:
    assert redactable(IRIS) == {"x", "petal", "sepal"}
    assert redactable(version([Tensor("x", "float", (-1, 2)), Tensor("n", "int64", (-1, 1))])) == {
        "x",
        "x[0]",
        "x[1]",
        "n",
    }
    assert Capture(percent=1, redact=("x", "petal")).checked(KNOWN).redact == ("petal", "x")


def test_a_file_says_when_it_was_made_and_when_it_expires() -> None:
    file = CaptureFile(new_key("acme", "iris", 30), 7)
    assert file.key.startswith("captures/acme/iris/")
    assert abs(file.created_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert file.expires_at - file.created_at == timedelta(days=30)
