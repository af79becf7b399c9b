"""The files that a client declares make a version that can be stored, served and pulled."""

from dataclasses import replace

import pytest

from maas.domain.errors import InvalidInput, Rule
from maas.domain.uploads.files import FILES_MAX, DeclaredFile, FileLimits, checked_files, planned
from maas.domain.uploads.sessions import MIB, PART_DEFAULT, SINGLE_MAX

SHA256 = "ab" * 32
LIMITS = FileLimits(main=100, total=1000)


def file(path: str = "model.onnx", size: int = 5, *, main: bool = False, sha256: str = SHA256) -> DeclaredFile:
    return DeclaredFile(path=path, size=size, sha256=sha256, main=main)


MAIN = file(main=True)


def test_files_are_stored_in_the_order_of_their_bytes() -> None:
    given = [file("é"), MAIN, file("a/b", 0), file("Z", sha256=SHA256.upper())]
    found = checked_files(given, LIMITS)
    assert [each.path for each in found] == ["Z", "a/b", "model.onnx", "é"]
    assert [each.path for each in found if each.main] == ["model.onnx"]
    assert {each.sha256 for each in found} == {SHA256}


def test_the_only_file_is_the_main_one() -> None:
    assert checked_files([file()], LIMITS) == (MAIN,)


@pytest.mark.parametrize(
    ("files", "field", "rule"),
    [
        ([], "files", Rule.MIN_ITEMS),
        ([MAIN, *(file(f"f{i}") for i in range(FILES_MAX))], "files", Rule.MAX_ITEMS),
        ([MAIN, file("../x")], "files[1].path", Rule.PATH),
        ([MAIN, file("MODEL.ONNX")], "files[1].path", Rule.REPEATED),
        ([MAIN, file("a"), file("a/b")], "files[2].path", Rule.PATH),
        ([file("a"), file("b")], "files", Rule.REQUIRED),
        ([MAIN, file("a", main=True)], "files[1].main", Rule.REPEATED),
        ([MAIN, file("a", sha256="")], "files[1].sha256", Rule.SHA256),
        ([file(sha256="", main=True), file("a", 1001, sha256="")], "files[1].size", Rule.RANGE),
        ([file(sha256="", main=True), file("a", 999, sha256="")], "files", Rule.RANGE),
        ([MAIN, file("a", sha256="z" * 64)], "files[1].sha256", Rule.SHA256),
        ([replace(MAIN, size=0)], "files[0].size", Rule.RANGE),
        ([replace(MAIN, size=101)], "files[0].size", Rule.RANGE),
        ([MAIN, file("a", -1)], "files[1].size", Rule.RANGE),
        ([MAIN, file("a", 1001)], "files[1].size", Rule.RANGE),
        ([MAIN, file("a", 996)], "files", Rule.RANGE),
        (
            [MAIN, *(file(f"{'a' * 250}/{i:0200d}", 1) for i in range(300))],
            "files",
            Rule.MAX_BYTES,
        ),
    ],
)
def test_files_that_break_a_rule_are_refused_by_name(files: list[DeclaredFile], field: str, rule: Rule) -> None:
    with pytest.raises(InvalidInput) as caught:
        checked_files(files, LIMITS)
    assert [(found.field, found.rule) for found in caught.value.fields] == [(field, rule)]


def test_a_thousand_files_are_checked_at_once() -> None:
    files = [file(f"folder-{i % 10}/file-{i}", 1, main=i == 0) for i in range(FILES_MAX)]
    assert len(checked_files(files, FileLimits(1, FILES_MAX))) == FILES_MAX


def test_a_file_is_sent_in_one_request_up_to_a_size() -> None:
    small, large, empty = (planned(file(size=size), "key") for size in (SINGLE_MAX, SINGLE_MAX + 1, 0))
    assert (small.is_single, small.part_count, small.part_size) == (True, 1, 64 * MIB)
    assert (large.is_single, large.part_count, large.part_size) == (False, 9, PART_DEFAULT)
    assert (empty.is_single, empty.part_count) == (True, 1)
