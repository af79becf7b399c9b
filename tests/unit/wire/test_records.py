"""Every record survives the wire, except for fields that the wire does not have."""

from dataclasses import replace
from datetime import datetime

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from maas.domain.catalog.aliases import NOTHING_EXPECTED, AliasTarget, Expectation, LiveAt, MoveKind
from maas.domain.catalog.models import ModelChange, ModelFilter, NewModel, WantedPage
from maas.domain.catalog.versions import VERSION_METADATA_MAX_BYTES, VersionState
from maas.domain.errors import InvalidInput
from maas.domain.uploads.sessions import UploadState
from maas.domain.uploads.version_files import Finding, VersionFiles
from maas.rpc.registry.v1 import registry_pb2 as pb
from maas.wire import aliases, files, models, uploads, versions
from maas.wire.fields import moment_of
from tests.support.sample_records import (
    ALIAS,
    AT,
    HEADLINE,
    MODEL,
    MOVE,
    STORED_MODEL,
    STORED_VERSION,
    UPLOAD,
    UPLOAD_FILE,
    VERSION,
)


def test_a_model_survives_the_wire() -> None:
    assert models.from_model(models.to_model(MODEL)) == MODEL
    assert models.from_model(models.to_model(STORED_MODEL)) == MODEL


@pytest.mark.parametrize("state", VersionState)
def test_a_version_survives_the_wire(state: VersionState) -> None:
    version, stored = replace(VERSION, state=state), replace(STORED_VERSION, state=state)
    assert versions.from_version(versions.to_version(version)) == version
    assert versions.from_version(versions.to_version(stored)) == version


def test_a_draft_has_no_file_and_no_publishing_time() -> None:
    draft = versions.from_version(versions.to_version(replace(VERSION, artifact=None, published_at=None)))
    assert (draft.artifact, draft.published_at) == (None, None)


@pytest.mark.parametrize("state", UploadState)
def test_an_upload_survives_the_wire(state: UploadState) -> None:
    upload = replace(UPLOAD, state=state, content_key="models/k")
    assert uploads.from_upload(uploads.to_upload(upload)) == upload


def test_the_files_of_an_upload_survive_the_wire() -> None:
    plain = replace(UPLOAD_FILE, path="b", storage_upload_id="", checksums=False, object_version="", details={})
    upload = replace(UPLOAD, files=(UPLOAD_FILE, plain))
    assert uploads.from_upload(uploads.to_upload(upload)) == upload
    found = VersionFiles(VERSION, VERSION.digest, upload.files)
    message = pb.ListFilesResponse(
        version=versions.to_version(VERSION), digest=found.digest, files=map(files.to_file, upload.files)
    )
    assert files.from_files(message) == found
    finding = Finding("b", "text", {"lines": 2}, "v")
    assert files.from_finding(files.to_finding(finding)) == finding


@pytest.mark.parametrize("kind", MoveKind)
@pytest.mark.parametrize("back_to", [None, AT])
def test_an_alias_move_survives_the_wire(kind: MoveKind, back_to: datetime | None) -> None:
    move = replace(MOVE, kind=kind, back_to=back_to)
    assert aliases.from_move(aliases.to_move(move)) == move


def test_an_alias_survives_the_wire() -> None:
    assert aliases.from_alias(aliases.to_alias(ALIAS)) == ALIAS


@pytest.mark.parametrize("found", [LiveAt("", None), LiveAt("1.0.0", MOVE)])
def test_a_live_version_survives_the_wire(found: LiveAt) -> None:
    assert aliases.from_live_at(aliases.to_live_at(found)) == found


@pytest.mark.parametrize(
    "expected", [NOTHING_EXPECTED, Expectation(0), Expectation(exists=False), Expectation(7, True)]
)
def test_an_expectation_distinguishes_unset_from_zero_and_false(expected: Expectation) -> None:
    target = AliasTarget(alias="a", version="^1", reason="r", expected=expected)
    assert aliases.from_set_alias(aliases.to_set_alias("id", target)) == target


@pytest.mark.parametrize("stamp", [None, Timestamp(seconds=2**62), Timestamp(seconds=-(2**62)), Timestamp(nanos=-1)])
def test_a_missing_or_impossible_time_is_invalid(stamp: Timestamp | None) -> None:
    with pytest.raises(InvalidInput) as caught:
        moment_of(pb.GetAliasAtRequest(at=stamp), "at")
    assert caught.value.fields[0].field == "at"


@pytest.mark.parametrize(
    "change",
    [
        ModelChange(),
        ModelChange(name="", description="", framework="", status="", is_public=False, tags=(), metadata={}),
        ModelChange(default_ref="production"),
        ModelChange(default_ref="latest"),
        ModelChange(expected_revision=0, add_tags=("a",), remove_tags=("b",), tags=("c",), metadata={"k": "v"}),
    ],
)
def test_a_change_distinguishes_empty_from_unset(change: ModelChange) -> None:
    assert models.from_update(models.to_update("id", change)) == change


@pytest.mark.parametrize("new", [NewModel(name="a", framework="onnx"), NewModel(name="", framework="", version="")])
def test_a_new_model_distinguishes_empty_from_unset(new: NewModel) -> None:
    assert models.from_create(models.to_create(new)) == new


@pytest.mark.parametrize(
    "filters",
    [
        ModelFilter(),
        ModelFilter(visibility="public"),
        ModelFilter(q="q", tags=("a",), is_public=False, created_after=AT),
    ],
)
def test_a_filter_distinguishes_false_from_unset(filters: ModelFilter) -> None:
    wanted = WantedPage(limit=10, cursor="c", sort="name", page=2)
    assert models.from_list(models.to_list(filters, wanted)) == (filters, wanted)


def test_the_older_contract_shows_the_headline_in_the_model() -> None:
    older = models.to_older_model(MODEL, HEADLINE)
    assert (older.version, older.size, older.storage_path) == ("1.0.0", 2**60, "models/x")
    assert (older.created_at.seconds, older.created_at.nanos) == (1795251600, 123456000)
    assert models.to_older_model(MODEL, None).version == ""


def test_every_state_has_a_number_on_the_wire() -> None:
    assert len(pb.VersionState.values()) == len(VersionState) + 1
    assert len(pb.UploadState.values()) == len(UploadState) + 1
    assert len(pb.AliasMoveKind.values()) == len(MoveKind) + 1


@pytest.mark.parametrize("text", ["[]", "1", "{", "nul", "[" * 10_000])
def test_metadata_that_is_not_a_json_object_is_invalid(text: str) -> None:
    with pytest.raises(InvalidInput):
        versions.from_json(text)


def test_metadata_that_is_too_long_is_not_parsed() -> None:
    with pytest.raises(InvalidInput) as refused:
        versions.from_json("{" * (VERSION_METADATA_MAX_BYTES + 1))
    assert [(field.field, field.rule) for field in refused.value.fields] == [("metadata", "max_bytes")]
