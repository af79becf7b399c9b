import random

import pytest
import semver

from maas.domain.catalog import versions
from maas.domain.catalog.versions import MOVES, VersionState
from maas.domain.errors import InvalidInput, WrongState

IDENTIFIERS = [
    "0",
    "1",
    "2",
    "9",
    "10",
    "11",
    "100",
    "a",
    "alpha",
    "alpha-1",
    "alpha0",
    "beta",
    "rc",
    "A",
    "Z",
    "-",
    "--1",
    "0a",
    "1-",
    "x" * 20,
]


def random_version(rng: random.Random) -> str:
    numbers = ".".join(str(rng.choice([0, 1, 2, 9, 10, 99, 100, 10**15])) for _ in range(3))
    if rng.random() < 0.25:
        return numbers
    return f"{numbers}-{'.'.join(rng.choice(IDENTIFIERS) for _ in range(rng.randint(1, 3)))}"


def sign(number: int) -> int:
    return (number > 0) - (number < 0)


def test_sort_keys_follow_semver_precedence() -> None:
    rng = random.Random(20261121)
    for _ in range(20_000):
        a, b = random_version(rng), random_version(rng)
        if rng.random() < 0.7:  # mostly versions that differ in the prerelease alone
            b = a.split("-")[0] + b[len(b.split("-")[0]) :]
        key_a, key_b = versions.sort_key(a), versions.sort_key(b)
        assert sign((key_a > key_b) - (key_a < key_b)) == semver.Version.parse(a).compare(b), (a, b)


def test_sort_keys_order_the_example_of_the_specification() -> None:
    # https://semver.org/#spec-item-11
    ladder = [
        *(f"1.0.0-{tag}" for tag in ("alpha", "alpha.1", "alpha.beta", "beta", "beta.2", "beta.11", "rc.1")),
        *("1.0.0", "2.0.0", "2.1.0", "2.1.1"),
    ]
    assert sorted(set(ladder), key=versions.sort_key) == ladder


def test_sort_keys_ignore_build_metadata() -> None:
    assert versions.sort_key("1.0.0+a") == versions.sort_key("1.0.0+b") == versions.sort_key("1.0.0")


def test_sort_keys_support_the_longest_numbers() -> None:
    assert versions.sort_key(f"{10**59}.0.0") > versions.sort_key(f"{10**59 - 1}.0.0")


@pytest.mark.parametrize("value", ["1.0.0", "v1.0.0", "0.0.0", "1.2.3-rc.1+build.5", "v2.0.0-alpha-1"])
def test_parse_drops_a_leading_v(value: str) -> None:
    assert versions.parse(value) == value.removeprefix("v")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "v",
        "1",
        "1.0",
        "vv1.0.0",
        "V1.0.0",
        "01.0.0",
        "1.0.0-01",
        "1.0.0-",
        "1.0.0+",
        "1.0.0\n",
        " 1.0.0",
        "1\u0662.0.0",
        "latest",
        "^1.2",
    ],
)
def test_parse_refuses_text_that_is_not_semver(value: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        versions.parse(value)
    assert (caught.value.fields[0].field, caught.value.fields[0].rule) == ("version", "semver")


def test_parse_refuses_a_number_that_is_too_long() -> None:
    with pytest.raises(InvalidInput) as caught:
        versions.parse(f"1.0.0-{'a' * 59}", "ref")
    assert (caught.value.fields[0].field, caught.value.fields[0].rule) == ("ref", "max_length")


def test_every_version_is_newer_than_an_empty_one() -> None:
    assert versions.newer("1.0.0-rc.1", "")
    assert versions.newer("1.10.0", "1.9.0")
    assert not versions.newer("1.0.0-rc.1", "1.0.0")
    assert not versions.newer("1.0.0+b", "1.0.0+a")


def test_is_prerelease_recognizes_prereleases() -> None:
    assert versions.is_prerelease("1.0.0-0")
    assert not versions.is_prerelease("1.0.0+rc.1")


def test_every_state_is_in_the_table_of_moves() -> None:
    assert set(MOVES) == set(VersionState)


def test_published_follows_only_ready_and_precedes_only_deprecated() -> None:
    assert [state for state in VersionState if VersionState.PUBLISHED in MOVES[state]] == [VersionState.READY]
    assert MOVES[VersionState.PUBLISHED] == {VersionState.DEPRECATED}


@pytest.mark.parametrize("state", set(VersionState) - versions.SERVED)
def test_a_version_has_a_way_out_of_every_state_before_published(state: VersionState) -> None:
    versions.check_deletable("1.0.0", state)
    versions.check_startable("1.0.0", state, "u1", replace=True)


@pytest.mark.parametrize("state", versions.SERVED)
def test_a_published_version_keeps_its_file(state: VersionState) -> None:
    with pytest.raises(WrongState, match=f"1.0.0 is {state}; a version that was published can't be deleted"):
        versions.check_deletable("1.0.0", state)
    with pytest.raises(WrongState, match=f"1.0.0 is {state} and can't become uploading"):
        versions.check_startable("1.0.0", state, "u1", replace=True)


@pytest.mark.parametrize(
    ("state", "way"),
    [
        (VersionState.UPLOADING, "send replace: true, or abort upload u1"),
        (VersionState.VALIDATING, "send replace: true, or wait for the check of upload u1"),
        (VersionState.READY, "to replace its file, send replace: true"),
    ],
)
def test_a_refused_start_says_how_to_replace(state: VersionState, way: str) -> None:
    with pytest.raises(WrongState) as refused:
        versions.check_startable("1.0.0", state, "u1", replace=False)
    assert refused.value.message.endswith(way)


@pytest.mark.parametrize("current", VersionState)
@pytest.mark.parametrize("target", VersionState)
def test_check_move_refuses_moves_outside_the_table(current: VersionState, target: VersionState) -> None:
    if target in MOVES[current]:
        versions.check_move("1.0.0", current, target)
        return
    with pytest.raises(WrongState, match=f"1.0.0 is {current} and can't become {target}"):
        versions.check_move("1.0.0", current, target)


def nested(depth: int) -> dict[str, object]:
    value: dict[str, object] = {}
    for _ in range(depth - 1):
        value = {"k": value}
    return value


def test_checked_metadata_returns_valid_metadata_unchanged() -> None:
    value = {"class_names": ["setosa", "versicolor"], "n": 1.5, "deep": nested(7)}
    assert versions.checked_metadata(value) == value


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ([], "type"),
        (None, "type"),
        ("text", "type"),
        (nested(9), "max_depth"),
        (nested(100_000), "max_depth"),
        ({"k": "x" * versions.VERSION_METADATA_MAX_BYTES}, "max_bytes"),
        ({"k": [1.0, float("nan")]}, "finite"),
        ({"k": "\ud800"}, "unicode"),
        ({"\ud800": 1}, "unicode"),
        ({"k": {"j": float("-inf")}}, "finite"),
    ],
)
def test_checked_metadata_names_the_broken_rule(value: object, rule: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        versions.checked_metadata(value)
    assert (caught.value.fields[0].field, caught.value.fields[0].rule) == ("metadata", rule)
