"""Texts in a version's metadata follow the rules of all texts, as far as JSON of any form allows."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from maas.domain.catalog.version_changes import NewVersion, VersionChange
from maas.domain.catalog.versions import Version, VersionState
from maas.domain.errors import InvalidInput

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def created(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    return NewVersion(version="1.0.0", metadata=metadata).checked().metadata


def changed(stored: Mapping[str, Any], metadata: Mapping[str, Any]) -> Any:
    version = Version(
        model_id="m",
        tenant_id="t",
        version="1.0.0",
        state=VersionState.PUBLISHED,
        created_by="u",
        created_at=NOW,
        updated_at=NOW,
        metadata=stored,
    )
    return VersionChange(metadata=metadata).amend(version).get("metadata", stored)


@pytest.mark.parametrize(
    ("metadata", "field", "rule"),
    [
        ({"a\u200bb": 1}, "metadata.aU+200Bb", "invisible"),
        ({"a\nb": 1}, "metadata.aU+000Ab", "control_characters"),
        ({"class_names": ["a", "x\u0000y"]}, "metadata.class_names", "control_characters"),
        ({"class_names": ["a\u202eb"]}, "metadata.class_names", "invisible"),
        ({"k": [{"j": "a\u202eb"}]}, "metadata.k", "invisible"),
        ({"k": {"a\u202eb": 1}}, "metadata.k", "invisible"),
        ({"caf\u00e9": 1, "cafe\u0301": 2}, "metadata.cafe\u0301", "repeated"),
    ],
)
def test_a_text_that_breaks_a_rule_is_refused(metadata: Mapping[str, Any], field: str, rule: str) -> None:
    for call in (created, lambda given: changed({}, given)):
        if call is not created and "class_names" in metadata:
            continue  # of a published version they are fixed, whatever they are
        with pytest.raises(InvalidInput) as caught:
            call(metadata)
        assert [(found.field, found.rule) for found in caught.value.fields] == [(field, rule)]


def test_names_and_class_names_are_stored_in_nfc_and_other_texts_as_sent() -> None:
    given = {"cafe\u0301": "e\u0301", "class_names": ["e\u0301", "7"], "feature_names": ["e\u0301"]}
    assert created(given) == {"caf\u00e9": "e\u0301", "class_names": ["\u00e9", "7"], "feature_names": ["e\u0301"]}


def test_tokens_with_joiners_and_line_breaks_are_accepted() -> None:
    given = {"tokens": {"\u200d": 1, "\n": 2, "e\u0301": 3, "\u00e9": 4}}
    assert created(given) == given


def test_an_entry_of_before_the_rules_can_be_kept() -> None:
    before = {"class_names": ["x\u0000y"], "a\u200bb": 1}
    assert changed(before, before | {"more": 2}) == before | {"more": 2}


def test_a_new_name_equal_to_a_kept_one_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        changed({"cafe\u0301": 1}, {"cafe\u0301": 1, "caf\u00e9": 2})
    assert caught.value.fields[0].rule == "repeated"
