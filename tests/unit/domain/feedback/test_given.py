"""Feedback as its sender gives it."""

import pytest

from maas.domain.errors import InvalidInput, Rule
from maas.domain.feedback.given import Feedback


def test_a_whole_number_as_a_label_has_no_more_digits_than_a_text_may_have_characters() -> None:
    assert Feedback(key="k", label=-(10**63)).checked().label == -(10**63)
    with pytest.raises(InvalidInput) as refused:
        Feedback(key="k", label=10**64).checked("items[3].")
    assert [(each.field, each.rule) for each in refused.value.fields] == [("items[3].label", Rule.RANGE)]
