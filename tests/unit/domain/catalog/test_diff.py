"""Differences between two versions."""

import json
import math
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maas.domain.catalog.diff import VersionDiff, compare_versions, delta, leaves, relative
from maas.domain.catalog.graph_diff import GraphDiff
from maas.domain.catalog.versions import VERSION_METADATA_MAX_DEPTH, Artifact, Signature, Tensor, Version, VersionState
from maas.domain.mapping_diff import Change, Kind, diff_mappings
from tests.support.sample_records import AT, PLAIN_VERSION

X, Y = Tensor("x", "float", (-1, 4)), Tensor("y", "int64", (-1,))


def version(**fields: Any) -> Version:
    return replace(PLAIN_VERSION, **fields)


def with_file(*inputs: Tensor, size: int = 10, sha256: str = "aa") -> Version:
    signature = Signature(inputs or (X,), (Y,))
    return version(artifact=Artifact(storage_key="k", size=size, sha256=sha256, signature=signature))


def diff(old: Version, new: Version) -> VersionDiff:
    return compare_versions(old, new, GraphDiff())


def rows(found: tuple[Change[Any, Any], ...]) -> list[tuple[str, str, Any, Any]]:
    return [(change.key, str(change.kind), change.old, change.new) for change in found]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({}, {"parent": "0.9.0"}, [("parent", "added", None, "0.9.0")]),
        ({"changelog": "a"}, {"changelog": "b"}, [("changelog", "changed", "a", "b")]),
        ({"model_card": "# a"}, {}, [("model_card", "removed", "# a", None)]),
        ({"created_by": "ada"}, {"created_by": "bob"}, [("created_by", "changed", "ada", "bob")]),
        ({}, {"state": VersionState.DEPRECATED}, [("state", "changed", "published", "deprecated")]),
        ({}, {"failure": "too big", "forced": "why not"}, [
            ("failure", "added", None, "too big"), ("forced", "added", None, "why not")
        ]),
        ({}, {"version": "2.0.0", "revision": 9, "updated_at": AT.replace(year=2027), "published_at": AT}, []),
    ],
)  # fmt: skip
def test_fields_that_differ_are_listed(old: dict[str, Any], new: dict[str, Any], expected: list[Any]) -> None:
    assert rows(diff(version(**old), version(**new)).fields) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [("/a", "changed", 1, 2)]),
        ({}, {"a": None}, [("/a", "added", None, None)]),
        ({"a": {"b": {"c": 1, "d": 2}}}, {"a": {"b": {"c": 1, "d": 3}}}, [("/a/b/d", "changed", 2, 3)]),
        ({"a": [1, 2]}, {"a": [2, 1]}, [("/a", "changed", [1, 2], [2, 1])]),
        ({"a": {}}, {"a": {"b": 1}}, [("/a", "removed", {}, None), ("/a/b", "added", None, 1)]),
        ({"a": 1}, {"a": True}, [("/a", "changed", 1, True)]),
        ({"a": [0]}, {"a": [False]}, [("/a", "changed", [0], [False])]),
        ({"a": {"x": 1, "y": 2}}, {"a": {"y": 2, "x": 1}}, []),
        ({"a/b": 1, "c~d": 1}, {}, [("/a~1b", "removed", 1, None), ("/c~0d", "removed", 1, None)]),
        ({"": 1}, {"": 2}, [("/", "changed", 1, 2)]),
    ],
)
def test_metadata_is_compared_by_json_pointer(old: dict[str, Any], new: dict[str, Any], expected: list[Any]) -> None:
    assert rows(diff(version(metadata=old), version(metadata=new)).metadata) == expected


@pytest.mark.parametrize(
    ("old", "new", "absolute", "part"),
    [
        (0.8, 0.9, 0.1, 0.125),
        (0.9, 0.8, -0.1, -1 / 9),
        (-2.0, -1.0, 1.0, 0.5),
        (0.0, 1.0, 1.0, None),
        (1e308, -1e308, None, None),
        (5e-324, 1e10, 1e10, None),
        (1.0, math.nan, None, None),
        (1.0, math.inf, None, None),
    ],
)
def test_a_changed_metric_has_deltas(old: float, new: float, absolute: float | None, part: float | None) -> None:
    [change] = diff(version(metrics={"auc": old}), version(metrics={"auc": new})).metrics
    assert delta(change) == (None if absolute is None else pytest.approx(absolute))
    assert relative(change) == (None if part is None else pytest.approx(part))


def test_an_added_or_removed_metric_has_no_delta() -> None:
    added, removed = diff(version(metrics={"b": 1.0}), version(metrics={"a": 1.0})).metrics
    assert (added.kind, removed.kind) == (Kind.ADDED, Kind.REMOVED)
    assert {delta(added), delta(removed), relative(added), relative(removed)} == {None}


def test_two_metrics_of_nan_are_equal() -> None:
    assert diff(version(metrics={"a": math.nan}), version(metrics={"a": math.nan})).metrics == ()


def test_size_and_digest_are_compared() -> None:
    found = diff(with_file(size=10, sha256="aa"), with_file(size=12, sha256="bb"))
    assert rows(found.file) == [("sha256", "changed", "aa", "bb"), ("size", "changed", 10, 12)]


def test_a_first_file_adds_a_signature_and_breaks_no_caller() -> None:
    found = diff(version(), with_file())
    kinds = [change[1] for part in parts(found) for change in rows(part)]
    assert kinds == [Kind.ADDED] * 5
    assert found.breaking_changes is None


@pytest.mark.parametrize(
    ("tensor", "expected", "rules"),
    [
        (X, [], []),
        (replace(X, dtype="double"), ["changed"], []),
        (replace(X, shape=(-1, 5)), ["changed"], ["shape"]),
        (replace(X, name="z"), ["removed", "added"], ["removed", "added"]),
    ],
)
def test_a_signature_is_compared_by_name_and_for_breaking_changes(
    tensor: Tensor, expected: list[str], rules: list[str]
) -> None:
    found = diff(with_file(X), with_file(tensor))
    assert [change.kind for change in found.inputs] == expected
    assert found.breaking_changes is not None
    assert [reason.rule for reason in found.breaking_changes] == rules


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False, width=16) | st.text("ab/~", max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("ab/~", max_size=2), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text("ab/~", max_size=2), JSON, max_size=3)
TENSORS = st.lists(
    st.builds(Tensor, st.sampled_from("xyz"), st.sampled_from(["float", "int64"]), st.just((-1,))),
    max_size=2,
    unique_by=lambda tensor: tensor.name,
).map(tuple)
ARTIFACTS = st.none() | st.builds(
    Artifact,
    storage_key=st.just("k"),
    size=st.integers(1, 3),
    sha256=st.sampled_from(["aa", "bb"]),
    signature=st.builds(Signature, TENSORS, TENSORS),
)
VERSIONS = st.builds(
    version,
    changelog=st.sampled_from(["", "a", "b"]),
    parent=st.sampled_from(["", "0.1.0"]),
    metadata=OBJECTS,
    metrics=st.dictionaries(st.sampled_from(["a", "b"]), st.floats(), max_size=2),
    artifact=ARTIFACTS,
)
PARTS = ("fields", "metadata", "metrics", "file", "inputs", "outputs")
OTHER_WAY = {Kind.ADDED: Kind.REMOVED, Kind.REMOVED: Kind.ADDED, Kind.CHANGED: Kind.CHANGED}


def parts(found: VersionDiff) -> list[tuple[Change[Any, Any], ...]]:
    return [getattr(found, name) for name in PARTS]


@given(VERSIONS)
def test_a_version_equals_itself(some: Version) -> None:
    found = diff(some, deepcopy(some))
    assert not any(parts(found))
    assert not found.breaking_changes


@given(VERSIONS, VERSIONS)
def test_a_reversed_comparison_is_mirrored(old: Version, new: Version) -> None:
    there, back = parts(diff(old, new)), parts(diff(new, old))
    mirrored = [tuple(Change(c.key, OTHER_WAY[c.kind], c.new, c.old) for c in found) for found in back]
    assert repr(mirrored) == repr(there)  # repr: NaN is not equal to itself


@given(VERSIONS, VERSIONS)
def test_a_reversed_delta_has_the_opposite_sign(old: Version, new: Version) -> None:
    for there, back in zip(diff(old, new).metrics, diff(new, old).metrics, strict=True):
        absolute, opposite = delta(there), delta(back)
        assert (absolute is None) == (opposite is None)
        assert absolute is None or opposite is None or absolute == -opposite
        assert all(math.isfinite(each) for each in (absolute, relative(there)) if each is not None)


def _applied(before: dict[str, Any], found: tuple[Change[str, Any], ...]) -> dict[str, Any]:
    """The object that results from `before` with these changes."""
    kept = leaves(before)
    for change in found:
        kept.pop(change.key, None)
        if change.kind is not Kind.REMOVED:
            kept[change.key] = change.new
    result: dict[str, Any] = {}
    for pointer, value in kept.items():
        *names, last = (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
        place = result
        for name in names:
            place = place.setdefault(name, {})
        place[last] = value
    return result


@given(OBJECTS, OBJECTS)
def test_changes_of_metadata_turn_the_old_into_the_new(old: dict[str, Any], new: dict[str, Any]) -> None:
    found = diff(version(metadata=old), version(metadata=new)).metadata
    assert json.dumps(_applied(old, found), sort_keys=True) == json.dumps(new, sort_keys=True)


def test_the_deepest_metadata_has_one_pointer() -> None:
    deep: Any = 1
    for _ in range(VERSION_METADATA_MAX_DEPTH):
        deep = {"a": deep}
    assert leaves(deep) == {"/a" * VERSION_METADATA_MAX_DEPTH: 1}


def test_changes_are_sorted_by_key() -> None:
    assert [change.key for change in diff_mappings({"b": 1, "d": 1}, {"c": 1, "a": 1})] == ["a", "b", "c", "d"]
