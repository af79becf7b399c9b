"""Versions from the domain to the contract."""

from dataclasses import replace

from maas.domain.catalog.versions import Artifact, Signature, Tensor, VersionState
from maas.web.presenters.versions import version_answer
from tests.support.sample_records import PLAIN_VERSION

VERSION = replace(
    PLAIN_VERSION,
    state=VersionState.FAILED,
    failure="not ONNX",
    artifact=Artifact(
        storage_key="key",
        size=1,
        sha256="ab" * 32,
        signature=Signature((Tensor("X", "float", (-1, 4)),), ()),
        object_version="v",
        warnings=("output y is declared without dimensions",),
    ),
)


def test_empty_fields_of_a_version_are_null() -> None:
    draft = version_answer(replace(VERSION, failure="", artifact=None))
    assert (draft.failure, draft.size, draft.sha256, draft.signature, draft.published_at) == (None,) * 5
    assert draft.warnings == []


def test_a_version_shows_its_file_but_not_where_it_is_stored() -> None:
    answer = version_answer(VERSION).model_dump(mode="json")
    assert (answer["failure"], answer["size"], answer["sha256"]) == ("not ONNX", 1, "ab" * 32)
    assert answer["signature"] == {"inputs": [{"name": "X", "dtype": "float", "shape": [-1, 4]}], "outputs": []}
    assert answer["warnings"] == ["output y is declared without dimensions"]
    assert not {"storage_key", "object_version", "tenant_id"} & set(answer)
