"""The settings in a version's metadata: what is refused, and what stays as it is."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from maas.domain.catalog.version_changes import NewVersion, VersionChange
from maas.domain.catalog.version_settings import SETTINGS, check_setting
from maas.domain.catalog.versions import Version, VersionState
from maas.domain.errors import InvalidInput

NOW = datetime(2026, 1, 1, tzinfo=UTC)
_TABLE = Path(__file__).parents[4] / "docs/api/versions.md"
_GOOD: dict[str, list[Any]] = {
    "class_names": [["a", "b"], ["a", "a"], []],
    "feature_names": [["a", "b"], ["a"]],
    "nondeterministic": [True, False],
    "max_concurrency": [1, 3, 10**6],
    "batching": [{"max_size": 2, "window_ms": 0.5}, {"max_size": 1024, "window_ms": 100}],
    "warm_up": [[], [{"features": [[1, 2]]}] * 10],
    "segments": [[], ["a", "b", "c"]],
}


def draft(metadata: Mapping[str, Any]) -> Version:
    return Version(
        model_id="m",
        tenant_id="t",
        version="1.0.0",
        state=VersionState.DRAFT,
        created_by="u",
        created_at=NOW,
        updated_at=NOW,
        metadata=metadata,
    )


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in _GOOD.items() for value in values])
def test_a_good_setting_is_kept_as_it_is(name: str, value: Any) -> None:
    assert NewVersion(version="1.0.0", metadata={name: value}).checked().metadata == {name: value}


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("class_names", "a", "type"),
        ("class_names", ["a", 7], "type"),
        ("class_names", {"0": "a"}, "type"),
        ("feature_names", ["a", None], "type"),
        ("feature_names", ["a", "a"], "repeated"),
        ("feature_names", [], "min_items"),
        ("nondeterministic", "yes", "type"),
        ("nondeterministic", 1, "type"),
        ("max_concurrency", 0, "range"),
        ("max_concurrency", -(10**400), "range"),
        ("max_concurrency", "a", "type"),
        ("max_concurrency", 2.5, "type"),
        ("max_concurrency", True, "type"),
        ("batching", True, "type"),
        ("batching", [32, 5], "type"),
        ("warm_up", 3, "type"),
        ("warm_up", {"features": [1]}, "type"),
        ("warm_up", [{"features": [1]}, "text"], "type"),
        ("warm_up", [{}] * 11, "max_items"),
        ("segments", "a", "type"),
        ("segments", [1, None], "type"),
        ("segments", ["a", "a"], "repeated"),
        ("segments", ["a", "b", "c", "d"], "max_items"),
        *((name, None, "type") for name in SETTINGS),
    ],
)
def test_a_setting_that_nothing_would_understand_is_refused(name: str, value: Any, rule: str) -> None:
    new, change = NewVersion(version="1.0.0", metadata={name: value}), VersionChange(metadata={name: value})
    for call in (new.checked, lambda: change.amend(draft({}))):
        with pytest.raises(InvalidInput) as caught:
            call()
        assert [(found.field, found.rule) for found in caught.value.fields] == [(f"metadata.{name}", rule)]


@pytest.mark.parametrize(
    ("value", "field", "rule"),
    [
        ({"max_size": 32}, "window_ms", "required"),
        ({"window_ms": 5}, "max_size", "required"),
        ({"max_size": 0, "window_ms": 5}, "max_size", "range"),
        ({"max_size": 1, "window_ms": 5}, "max_size", "range"),
        ({"max_size": 1025, "window_ms": 5}, "max_size", "range"),
        ({"max_size": 10**400, "window_ms": 5}, "max_size", "range"),
        ({"max_size": "32", "window_ms": 5}, "max_size", "type"),
        ({"max_size": 32.0, "window_ms": 5}, "max_size", "type"),
        ({"max_size": 32, "window_ms": 0}, "window_ms", "range"),
        ({"max_size": 32, "window_ms": 101}, "window_ms", "range"),
        ({"max_size": 32, "window_ms": True}, "window_ms", "type"),
        ({"max_size": 32, "window_ms": 5, "windows": 1}, "windows", "unknown"),
    ],
)
def test_the_bad_member_of_batching_is_named(value: Any, field: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_setting("batching", value)
    assert [(found.field, found.rule) for found in caught.value.fields] == [(f"metadata.batching.{field}", rule)]


def test_a_setting_of_an_earlier_release_can_be_kept() -> None:
    before = {"max_concurrency": 0, "batching": True, "warm_up": 3, "class_names": [1]}
    assert VersionChange(metadata=before | {"team": "x"}).amend(draft(before)) == {"metadata": before | {"team": "x"}}


def test_other_entries_are_the_owners_own() -> None:
    own = {"max_concurency": 0, "Batching": True, "framework": "torch", "example": {"x": [[1]]}}
    assert NewVersion(version="1.0.0", metadata=own).checked().metadata == own


def test_the_document_lists_each_setting() -> None:
    section = _TABLE.read_text().partition("## Settings in metadata")[2].partition("\n## ")[0]
    assert tuple(re.findall(r"^\| `(\w+)`", section, re.MULTILINE)) == SETTINGS
