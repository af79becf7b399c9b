"""Each reader runs in the child process, in which nothing more can be imported once the file is read."""

import string
from pathlib import Path

import pytest

from maas.adapters.formats.inspector import ChildInspector
from maas.adapters.formats.refusals import UNREADABLE
from maas.domain.catalog.graphs import Inspection
from tests.samples import kept_files, refused_files


def alone(folder: Path, data: bytes) -> Inspection | str:
    path = folder / "file"
    path.write_bytes(data)
    return ChildInspector().inspect(str(path))


def together(folder: Path, files: dict[str, bytes]) -> dict[str, Inspection | str]:
    paths = [folder / str(n) for n in range(len(files))]
    for path, data in zip(paths, files.values(), strict=True):
        path.write_bytes(data)
    return dict(zip(files, ChildInspector().inspect_all([*map(str, paths)], 300), strict=True))


@pytest.mark.parametrize("kind", sorted({kind for kind, _ in kept_files.files().values()}))
def test_a_file_of_each_format_is_kept(tmp_path: Path, kind: str) -> None:
    data = next(data for each, data in kept_files.files().values() if each == kind)
    found = alone(tmp_path, data)
    assert isinstance(found, Inspection), found
    assert found.format.name == kind


def test_each_kept_file_of_a_set_has_its_format(tmp_path: Path) -> None:
    found = together(tmp_path, {name: data for name, (_, data) in kept_files.files().items()})
    kinds = {name: each if isinstance(each, str) else each.format.name for name, each in found.items()}
    assert kinds == {name: kind for name, (kind, _) in kept_files.files().items()}


@pytest.mark.parametrize("name", ["zip of a pickle", "zip in zip", "npz of objects", "tar in gzip"])
def test_an_archive_is_refused_with_its_own_reason(tmp_path: Path, name: str) -> None:
    data, reason = refused_files.FILES[name]
    assert reason in str(alone(tmp_path, data))


def test_each_refused_file_of_a_set_has_its_own_reason(tmp_path: Path) -> None:
    found = together(tmp_path, {name: data for name, (data, _) in refused_files.FILES.items()})
    assert [name for name, each in found.items() if UNREADABLE in str(each)] == []
    assert [name for name, each in found.items() if refused_files.FILES[name][1] not in str(each)] == []


def test_a_text_may_begin_with_any_letter(tmp_path: Path) -> None:
    texts = [f"{letter}{rest}" for letter in string.ascii_letters for rest in ("ersion 1.0\nof this\n", "\\u41 b\n")]
    found = together(tmp_path, {text: text.encode() for text in texts})
    assert {each if isinstance(each, str) else each.format.name for each in found.values()} == {"text"}
