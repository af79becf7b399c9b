"""The digest of a version's files is the same wherever it is computed."""

import json
from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from local.paths import ROOT
from maas.domain.audit.canonical import canonical
from maas.domain.uploads.files import DeclaredFile
from maas.domain.uploads.manifest import manifest, manifest_digest

VECTORS = json.loads((ROOT / "tests/data/manifests.json").read_text())


@dataclass
class _File:
    path: str
    size: int
    sha256: str
    main: bool


def test_the_manifest_has_one_spelling() -> None:
    for vector in VECTORS:
        files = [DeclaredFile(**file) for file in vector["files"]]
        assert manifest(files).decode() == vector["manifest"]
        assert manifest_digest(files) == vector["digest"]
        assert canonical(json.loads(manifest(files))) == manifest(files)
    assert len(VECTORS) >= 3


FILES = st.lists(
    st.builds(
        _File, path=st.text(max_size=9), size=st.integers(0, 2**40), sha256=st.just("0" * 64), main=st.booleans()
    ),
    max_size=5,
    unique_by=lambda file: file.path,
)


@given(FILES, st.randoms())
def test_the_digest_does_not_depend_on_the_order(files: list[_File], random: object) -> None:
    shuffled = list(files)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert manifest_digest(shuffled) == manifest_digest(files)


def test_the_digest_follows_each_field() -> None:
    one = DeclaredFile(path="a", size=1, sha256="0" * 64, main=True)
    others = [replace(one, path="b"), replace(one, size=2), replace(one, sha256="1" * 64), replace(one, main=False)]
    assert len({manifest_digest([file]) for file in (one, *others)}) == 5
