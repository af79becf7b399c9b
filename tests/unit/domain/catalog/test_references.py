"""References compared with npm's semver (tests/data/npm-ranges.mjs), and spans that contain all matches."""

import json
from pathlib import Path
from typing import Any

import pytest
import semver
from hypothesis import given, settings
from hypothesis import strategies as st

from maas.domain.catalog.aliases import alias_name
from maas.domain.catalog.ranges import PARTS_MAX, parse_range
from maas.domain.catalog.references import Reference, parse_reference
from maas.domain.catalog.versions import is_prerelease, sort_key
from maas.domain.errors import InvalidInput

NPM: Any = json.loads((Path(__file__).parents[3] / "data" / "npm-ranges.json").read_text())
RANGES = sorted(text for text, answers in NPM["ranges"].items() if answers is not None)
VERSIONS: list[str] = NPM["versions"]

numbers = st.integers(0, 3).map(str)
prereleases = st.sampled_from(["", "-0", "-alpha", "-alpha.1", "-beta.2", "-beta.11", "-rc"])
versions = st.builds("{}.{}.{}{}".format, numbers, numbers, numbers, prereleases)
partials = st.one_of(versions, numbers, st.builds("{}.{}".format, numbers, numbers), st.sampled_from(["*", "1.x"]))
conditions = st.builds("{}{}".format, st.sampled_from(["", "^", "~", ">", ">=", "<", "<=", "="]), partials)
parts = st.one_of(
    st.lists(conditions, min_size=1, max_size=3).map(" ".join), st.builds("{} - {}".format, partials, partials)
)
ranges = st.lists(parts, min_size=1, max_size=3).map(" || ".join)


def ranged(text: str) -> Reference:
    return Reference(alternatives=parse_range(text, "ref"))


def test_the_data_of_npm_is_large_enough() -> None:
    assert len(RANGES) * len(VERSIONS) > 20_000
    assert len(NPM["ranges"]) - len(RANGES) > 30
    for versions_matched in (0, 1, len(VERSIONS) // 2):
        assert any(NPM["ranges"][text].count("1") >= versions_matched for text in RANGES)


def test_every_range_matches_the_versions_that_npm_matches() -> None:
    found = {text: "".join(str(int(ranged(text).matches(version))) for version in VERSIONS) for text in RANGES}
    assert found == {text: NPM["ranges"][text] for text in RANGES}


@pytest.mark.parametrize("text", sorted(set(NPM["ranges"]) - set(RANGES) - {"latest"}))
def test_a_text_that_npm_refuses_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_range(text, "ref")
    assert (caught.value.fields[0].field, caught.value.fields[0].rule) == ("ref", "reference")


@pytest.mark.parametrize(
    "text", ["", " ", "||", "1 ||", "|| 1", "1 || || 2", "^x.1", "~*.0", "^1\n", "^1\t", "^1\u00a0", "^1\u0662"]
)
def test_empty_alternatives_and_odd_white_space_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_reference(text, "version")
    assert (caught.value.fields[0].field, caught.value.fields[0].rule) == ("version", "reference")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("^1" + " " * 255, "max_length"),
        (f"^1.0.{'9' * 61}", "max_length"),
        (f"1.0.0-{'a' * 60}", "max_length"),
        ("1 " * (PARTS_MAX + 1), "max_items"),
        ("1||" * PARTS_MAX + "1", "max_items"),
    ],
)
def test_a_reference_that_is_too_long_is_refused(text: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_reference(text)
    assert caught.value.fields[0].rule == rule


@pytest.mark.parametrize("text", ["production", "a", "eu-west-1", "v1-hotfix", "xx", "x-", "a" * 63])
def test_a_name_is_an_alias(text: str) -> None:
    assert parse_reference(text) == Reference(alias=text)
    assert alias_name(text) == text


@pytest.mark.parametrize("text", ["Production", "pro duction", "prod_1", "prod.1", "a" * 64, "v01", "-a", "é"])
def test_a_text_that_is_neither_range_nor_alias_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_reference(text)
    assert (caught.value.fields[0].field, caught.value.fields[0].rule) == ("ref", "reference")


@pytest.mark.parametrize("text", ["x", "vx", "v1", "v20", "1", "latest"])
def test_a_range_or_latest_is_not_a_name_of_an_alias(text: str) -> None:
    assert parse_reference(text).alias == ""
    with pytest.raises(InvalidInput) as caught:
        alias_name(text)
    assert caught.value.fields[0].field == "alias"


@settings(max_examples=1000, deadline=None, derandomize=True, database=None)
@given(st.one_of(st.from_regex(r"v?[a-z0-9x-]{0,8}", fullmatch=True), ranges))
def test_no_text_is_both_an_alias_and_a_version_or_range(text: str) -> None:
    try:
        alias_name(text)
    except InvalidInput:
        return
    assert not semver.Version.is_valid(text.removeprefix("v"))
    with pytest.raises(InvalidInput):
        parse_range(text, "ref")
    assert parse_reference(text) == Reference(alias=text)


def test_parse_reference_recognizes_every_kind() -> None:
    assert parse_reference("latest") == Reference()
    assert parse_reference("v1.2.3-rc.1+b") == Reference(number="1.2.3-rc.1+b")
    assert parse_reference("=1.2.3").alternatives
    assert parse_reference("1.2").alternatives


def test_the_longest_numbers_are_in_their_span() -> None:
    longest = "9" * 58
    reference = parse_reference(f"^{longest}.0.0")
    [span] = reference.spans()
    assert span.low <= sort_key(f"{longest}.1.0") <= span.high
    assert reference.matches(f"{longest}.1.0")


def highest_in(spans_of: Reference, published: set[str]) -> str:
    """The highest match among the two highest published versions of each span, as the table finds it."""
    by_key = {sort_key(number): number for number in published}
    found = []
    for span in spans_of.spans():
        inside = [key for key in by_key if span.low <= key <= span.high]
        keys = sorted((key for key in inside if is_prerelease(by_key[key]) == span.prereleases), reverse=True)
        found += [by_key[key] for key in keys[:2] if spans_of.matches(by_key[key])]
    return max(found, key=sort_key, default="")


@settings(max_examples=500, deadline=None, derandomize=True, database=None)
@given(ranges, st.sets(versions, max_size=40))
def test_two_items_of_each_span_are_enough_to_find_the_highest_match(text: str, published: set[str]) -> None:
    reference = ranged(text)
    matching = [number for number in published if reference.matches(number)]
    assert highest_in(reference, published) == max(matching, key=sort_key, default="")
    assert len(reference.spans()) <= 2 * PARTS_MAX


def test_the_spans_contain_the_highest_of_npm_s_matches() -> None:
    unique = {sort_key(version): version for version in VERSIONS}  # a number is unique, build metadata aside
    for text in RANGES:
        matching = [
            unique[sort_key(v)] for v, answer in zip(VERSIONS, NPM["ranges"][text], strict=True) if answer == "1"
        ]
        assert highest_in(ranged(text), set(unique.values())) == max(matching, key=sort_key, default=""), text


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(ranges, versions)
def test_build_metadata_is_ignored(text: str, version: str) -> None:
    assert ranged(text).matches(version) == ranged(text).matches(f"{version}+build.7")


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.sets(versions, max_size=20))
def test_a_star_matches_like_latest(published: set[str]) -> None:
    releases = [number for number in published if not is_prerelease(number)]
    expected = max(releases, key=semver.Version.parse, default="")
    assert highest_in(parse_reference("*"), published) == expected
