"""The part that a backup reads of the registry's items, compared with the items that the registry writes."""

from dataclasses import replace
from datetime import UTC, datetime

from boto3.dynamodb.types import TypeDeserializer

from functions.registry import records as registry_records
from functions.registry.ports import Record
from functions.registry.store import items
from functions.registry.store.transactions import attributes
from local.archives.records import File, contents, is_published, moved
from maas.adapters.aws import graph_summaries
from maas.domain.catalog.versions import VersionState
from maas.domain.identity.accounts import Organization
from maas.domain.identity.actors import Actor
from maas.domain.identity.events import event_of
from maas.domain.uploads.sessions import UploadState
from maas.wire.identity.events import IDENTITY, events_item
from tests.support.sample_records import MOVE, STORED_MODEL, STORED_VERSION, UPLOAD

NOW = datetime(2026, 11, 29, 9, tzinfo=UTC)
ARTIFACT = STORED_VERSION.artifact
WAITING = replace(STORED_VERSION, artifact=None, state=VersionState.VALIDATING, upload_id=UPLOAD.id)


def item(record: Record) -> items.Item:
    return attributes(items.item_of(record))


def test_models_versions_and_users_are_counted() -> None:
    user = attributes({"pk": "TENANT#acme", "sk": "USER#ada"})
    others = [attributes(items.name_item(STORED_MODEL)), attributes(items.published_item(STORED_VERSION)), item(MOVE)]
    found = contents(lambda: [item(STORED_MODEL), item(STORED_VERSION), user, *others])
    assert found.counts == {"models": 1, "versions": 1, "users": 1}


def test_a_version_names_its_file_and_the_summary_beside_it() -> None:
    assert ARTIFACT is not None
    owner = f"version {STORED_VERSION.version} of model {STORED_VERSION.model_id}"
    summary = File(
        ARTIFACT.storage_key + graph_summaries._SUFFIX, "", owner=f"{owner}, summary of its graph", optional=True
    )
    file = File(ARTIFACT.storage_key, ARTIFACT.object_version, ARTIFACT.sha256, owner)
    assert contents(lambda: [item(STORED_VERSION), item(STORED_MODEL)]).files == [file, summary]


def test_a_version_without_a_file_names_none() -> None:
    assert contents(lambda: [item(STORED_MODEL), item(replace(STORED_VERSION, artifact=None))]).files == []


def test_a_validating_version_names_the_file_of_its_upload() -> None:
    other = replace(UPLOAD, id="other", state=UploadState.COMPLETED)
    found = contents(lambda: [item(STORED_MODEL), item(WAITING), item(UPLOAD), item(other)])
    assert found.validating == [(UPLOAD.id, WAITING.tenant_id)]
    assert [(file.key, file.version) for file in found.files] == [(UPLOAD.storage_key, "")]


def test_a_version_that_a_deleted_model_left_names_no_file() -> None:
    other = attributes({"pk": "MODEL#other", "sk": "MODEL"})
    found = contents(lambda: [other, item(STORED_VERSION), item(replace(WAITING, version="2.0.0")), item(UPLOAD)])
    assert (found.files, found.validating) == ([], [])


def test_a_moved_version_differs_in_its_object_version_alone() -> None:
    assert ARTIFACT is not None
    before = item(STORED_VERSION)
    after = moved(before, {(ARTIFACT.storage_key, ARTIFACT.object_version): "new"})
    read = registry_records.version_of({name: TypeDeserializer().deserialize(value) for name, value in after.items()})
    assert read == replace(STORED_VERSION, artifact=replace(ARTIFACT, object_version="new"))
    assert before == item(STORED_VERSION)


def test_other_records_move_unchanged() -> None:
    for record in (STORED_MODEL, UPLOAD, MOVE, WAITING):
        assert moved(item(record), {("k", "v"): "new"}) == item(record)


def test_events_that_were_published_long_ago_are_left_out() -> None:
    organization = Organization(id="t", name="Looms", created_at=NOW)
    stored = attributes(events_item(IDENTITY, [event_of(None, organization, Actor("ada"), NOW)]))
    assert not is_published(stored, NOW.timestamp() + 86_399)
    assert is_published(stored, NOW.timestamp() + 86_401)
    assert not is_published({**stored, "sk": {"S": "USER#1"}}, NOW.timestamp() + 86_401)
