"""Paths of files are such that every system can make each file at its own place."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maas.domain.errors import InvalidInput, Rule
from maas.domain.uploads.paths import PATH_MAX_BYTES, SEGMENT_MAX_BYTES, check_distinct, checked_filename, checked_path


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("", Rule.MIN_LENGTH),
        ("/etc/passwd", Rule.PATH),
        ("../x", Rule.PATH),
        ("a/../../x", Rule.PATH),
        ("a/..", Rule.PATH),
        (".", Rule.PATH),
        ("./a", Rule.PATH),
        ("a//b", Rule.PATH),
        ("a/", Rule.PATH),
        ("..\\x", Rule.PATH),
        ("C:evil", Rule.PATH),
        ("file.txt:stream", Rule.PATH),
        ("what?", Rule.PATH),
        ("*", Rule.PATH),
        ("a<b", Rule.PATH),
        ('a"b', Rule.PATH),
        ("a|b", Rule.PATH),
        ("con", Rule.PATH),
        ("a/NUL.txt", Rule.PATH),
        ("com\u00b9.x/a", Rule.PATH),
        ("aux .x", Rule.PATH),
        ("...", Rule.PATH),
        ("a./b", Rule.PATH),
        (" a", Rule.PATH),
        ("a /b", Rule.PATH),
        ("a\u00a0/b", Rule.PATH),
        ("x" * (SEGMENT_MAX_BYTES + 1), Rule.PATH),
        ("/".join(["a" * 100] * 6), Rule.MAX_LENGTH),
        ("é" * 120 + "/" + "é" * 120 + "/" + "é" * 20, Rule.MAX_BYTES),
        ("a\x00b", Rule.CONTROL_CHARACTERS),
        ("a\nb", Rule.CONTROL_CHARACTERS),
        ("a\ud800b", Rule.CONTROL_CHARACTERS),
        ("a\u200bb", Rule.INVISIBLE),
        ("gpj.\u202eexe", Rule.INVISIBLE),
        ("a\u2028b", Rule.INVISIBLE),
        ("a\ufeffb", Rule.INVISIBLE),
    ],
)
def test_a_path_that_leaves_its_folder_or_misleads_is_refused(path: str, rule: Rule) -> None:
    with pytest.raises(InvalidInput) as caught:
        checked_path("files[0].path", path)
    assert [(found.field, found.rule) for found in caught.value.fields] == [("files[0].path", rule)]


@pytest.mark.parametrize(
    "path",
    [
        "model.onnx",
        ".gitattributes",
        "weights/part 1.safetensors",
        "docs/модель цен.md",
        "価格/モデル.json",
        "a.b/c..d",
        "console",
        "x" * SEGMENT_MAX_BYTES,
        "😀.png",
    ],
)
def test_a_plain_path_is_kept_as_it_is(path: str) -> None:
    assert checked_path("path", path) == path


def test_a_path_is_stored_in_the_composed_form() -> None:
    assert checked_path("path", unicodedata.normalize("NFD", "modèle/é")) == "modèle/é"


@given(st.text(alphabet=st.sampled_from("ab./\\ \u0301é:\u200dCON1"), max_size=20))
def test_an_accepted_path_stays_in_its_folder(path: str) -> None:
    try:
        stored = checked_path("path", path)
    except InvalidInput:
        return
    assert checked_path("path", stored) == stored
    assert len(stored.encode()) <= PATH_MAX_BYTES
    assert "\\" not in stored
    assert ":" not in stored
    names = stored.split("/")
    assert all(name.strip(" ") == name and name not in {"", ".", ".."} for name in names)
    assert not any(name.endswith(".") for name in names)


@pytest.mark.parametrize(
    ("paths", "rule", "at"),
    [
        (["a", "b", "a"], Rule.REPEATED, 2),
        (["README.md", "readme.MD"], Rule.REPEATED, 1),
        (["straße", "STRASSE"], Rule.REPEATED, 1),
        (["a/b", "a"], Rule.PATH, 0),
        (["a", "b", "A/x/y"], Rule.PATH, 2),
    ],
)
def test_two_paths_never_name_one_file(paths: list[str], rule: Rule, at: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_distinct([f"files[{i}].path" for i in range(len(paths))], paths)
    assert [(found.field, found.rule) for found in caught.value.fields] == [(f"files[{at}].path", rule)]


def test_files_of_one_folder_and_like_named_ones_are_distinct() -> None:
    paths = ["a/b", "a/c", "A/d", "ab", "a.b/c"]
    check_distinct(paths, paths)


@given(st.lists(st.text(alphabet="aAbB/", min_size=1, max_size=5), max_size=6))
def test_distinct_paths_can_be_made_where_case_is_ignored(paths: list[str]) -> None:
    paths = [path for path in paths if "" not in path.split("/")]
    try:
        check_distinct(paths, paths)
    except InvalidInput:
        folded = [path.lower() for path in paths]
        assert len(set(folded)) < len(folded) or any(a.startswith(f"{b}/") for a in folded for b in folded)
        return
    made: set[str] = set()
    for path in paths:
        assert path.lower() not in made
        made.add(path.lower())
    assert not any(a.startswith(f"{b}/") for a in made for b in made)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("", Rule.MIN_LENGTH),
        (".", Rule.PLAIN_NAME),
        ("..", Rule.PLAIN_NAME),
        ("a/b", Rule.PLAIN_NAME),
        ("a\\b", Rule.PLAIN_NAME),
        ("a\x00", Rule.CONTROL_CHARACTERS),
        ("a" * 256, Rule.MAX_LENGTH),
        ("é" * 128, Rule.PATH),
        ("con", Rule.PATH),
        ("nul.txt", Rule.PATH),
        ("a:b", Rule.PATH),
        ("a|b", Rule.PATH),
        ("a<b>", Rule.PATH),
        ("x.", Rule.PATH),
        (" a", Rule.PATH),
    ],
)
def test_a_single_file_has_a_name_as_those_in_a_set(name: str, rule: Rule) -> None:
    with pytest.raises(InvalidInput) as caught:
        checked_filename(name)
    assert [(found.field, found.rule) for found in caught.value.fields] == [("filename", rule)]


def test_a_file_name_is_stored_in_nfc() -> None:
    assert checked_filename("e\u0301.onnx") == "\u00e9.onnx"
