"""A backup of stores that change meanwhile, and its restore into others."""

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.registry.ports import Record
from functions.registry.store import items
from functions.registry.store.transactions import attributes
from functions.registry.stored import StoredVersion
from local.archives.loading import load, refuse_items
from local.archives.manifest import ArchiveManifest
from local.archives.progress import Interrupted, Progress
from local.archives.reading import Reader
from local.archives.records import AUDIT, IDENTITY, REGISTRY
from local.archives.saving import Saving
from local.archives.writing import Writer, created
from local.errors import StackError
from maas.domain.audit.chain import Head, Segment
from maas.domain.catalog.versions import VersionState
from maas.domain.ids import new_id
from maas.wire import audit as audit_items
from tests.fakes.backup_stores import FakeBackupStores
from tests.support.audit_logs import event
from tests.support.sample_records import STORED_MODEL, STORED_VERSION, UPLOAD


@dataclass(frozen=True)
class FakeSource:
    stores: FakeBackupStores

    @property
    def place(self) -> Any:
        return self.stores.place()

    def tables(self, scratch: Path) -> Any:
        return self.stores.snapshot(scratch)


NOW = "2026-11-29T08:00:00.000000Z"


def version(key: str, content: bytes = b"model") -> StoredVersion:
    assert STORED_VERSION.artifact is not None
    sha256 = hashlib.sha256(content).hexdigest()
    return replace(STORED_VERSION, artifact=replace(STORED_VERSION.artifact, storage_key=key, sha256=sha256))


def stores(*records: Record) -> FakeBackupStores:
    found = FakeBackupStores(secret_values={"TokenSecret": {"AWSCURRENT": "2", "AWSPREVIOUS": "1"}})
    found.tables[REGISTRY] = [attributes(items.item_of(record)) for record in records]
    found.tables[IDENTITY] = [attributes({"pk": "EMAIL#a@example.com", "sk": "CREDENTIALS"})]
    return found


async def save(source: FakeBackupStores, file: Path, progress: Progress | None = None) -> Saving:
    progress = progress or Progress()
    with created(file, replace=True) as (output, folder):
        writer = Writer(output, ArchiveManifest.new({}, {}), progress)
        saving = Saving(FakeSource(source), writer, folder, progress)  # type: ignore[arg-type]
        await saving.run()
    return saving


def restore(file: Path, target: FakeBackupStores) -> None:
    with Reader.opened(file) as reader:
        reader.verify(Progress())
        load(reader, target.place(), Progress())


def empty() -> FakeBackupStores:
    return FakeBackupStores(secret_values={"TokenSecret": {"AWSCURRENT": "generated"}})


async def test_a_restore_gives_records_files_and_secrets_back(tmp_path: Path) -> None:
    source, target = stores(STORED_MODEL, version("k"), UPLOAD), empty()
    source.objects = {("k", "v"): b"model", ("k.graph.json.gz", "w"): b"graph", ("unnamed", "x"): b"?"}
    saving = await save(source, tmp_path / "a")
    restore(tmp_path / "a", target)

    assert saving.lost == []
    assert target.objects == {("k", "new 0"): b"model", ("k.graph.json.gz", "new 1"): b"graph"}
    assert target.secret_values == source.secret_values
    assert target.tables[IDENTITY] == source.tables[IDENTITY]
    written = {item["sk"]["S"]: item for item in target.tables[REGISTRY]}
    for item in source.tables[REGISTRY]:
        if "artifact" in item:
            item["artifact"]["M"]["object_version"] = {"S": "new 0"}
        assert written[item["sk"]["S"]] == item


async def test_a_restore_gives_audit_logs_back(tmp_path: Path) -> None:
    segment = Segment.begin(Head(organization := new_id()), [event(organization)], NOW)
    source, target = empty(), empty()
    source.tables[AUDIT] = [attributes(audit_items.segment_item(segment))]
    source.objects = {(segment.key, "v"): segment.body}
    saving = await save(source, tmp_path / "a")
    restore(tmp_path / "a", target)

    assert saving.lost == []
    assert target.objects == {(segment.key, "new 0"): segment.body}
    assert target.tables[AUDIT] == source.tables[AUDIT]
    restore(tmp_path / "a", target)  # once more, into the same bucket
    assert target.objects == {(segment.key, "new 0"): segment.body}
    target.objects = {(segment.key, "other"): b"other"}
    with pytest.raises(StackError, match="is another one there"):
        restore(tmp_path / "a", target)


async def test_an_organization_keeps_the_audit_log_that_goes_on_differently(tmp_path: Path) -> None:
    organization = new_id()
    first = Segment.begin(Head(organization), [event(organization)], NOW)
    ours, theirs = (Segment.begin(first.head, [event(organization)], NOW) for _ in range(2))
    source, target = audit_log(first, ours), audit_log(first, theirs)
    before, objects = list(target.tables[AUDIT]), dict(target.objects)
    await save(source, tmp_path / "a")
    restore(tmp_path / "a", target)
    assert (target.tables[AUDIT], target.objects) == (before, objects)

    behind = audit_log(first)
    restore(tmp_path / "a", behind)
    assert {key for key, _ in behind.objects} == {first.key, ours.key}


def audit_log(*segments: Segment) -> FakeBackupStores:
    """Stores with the objects and the items of a log."""
    found, head = empty(), segments[-1].head
    stored = {"hash": head.hash, "sequence": head.sequence, "recorded_at": head.recorded_at}
    items_of = [*map(audit_items.segment_item, segments), {**audit_items.head_key(head.organization), **stored}]
    found.tables[AUDIT] = [attributes(each) for each in items_of]
    found.objects = {(each.key, "v"): each.body for each in segments}
    return found


async def test_a_file_removed_during_the_backup_is_of_no_record_in_it(tmp_path: Path) -> None:
    source = stores(STORED_MODEL, version("k"))
    source.on_snapshot = source.tables[REGISTRY].clear  # removed after the first snapshot, before the file is read
    saving = await save(source, tmp_path / "a")
    restore(tmp_path / "a", target := empty())

    assert saving.lost == []
    assert target.tables[REGISTRY] == []


async def test_a_file_copied_before_its_removal_is_not_restored(tmp_path: Path) -> None:
    source = stores(STORED_MODEL, version("copied"), replace(version("removed"), version="2.0.0"))
    source.objects = {("copied", "v"): b"model"}
    source.on_snapshot = source.tables[REGISTRY].clear
    await save(source, tmp_path / "a")
    restore(tmp_path / "a", target := empty())

    with Reader.opened(tmp_path / "a") as reader:
        assert [entry.key for entry in reader.manifest.objects()] == ["copied"]
    assert (target.tables[REGISTRY], target.objects) == ([], {})


async def test_a_lost_or_changed_file_is_reported_and_the_rest_is_saved(tmp_path: Path) -> None:
    source = stores(STORED_MODEL, version("lost"), replace(version("changed"), version="2.0.0"))
    source.objects = {("changed", "v"): b"other"}
    saving = await save(source, tmp_path / "a")
    restore(tmp_path / "a", target := empty())

    assert [line.partition(": ")[2] for line in saving.lost] == [
        "its file in the store has another SHA-256 than its record",
        "its file is not in the store",
    ]
    assert len(target.tables[REGISTRY]) == 3


async def test_damaged_files_are_named_and_the_rest_is_saved(tmp_path: Path) -> None:
    keys = {"1.0.0": "description", "2.0.0": "content", "3.0.0": "end", "4.0.0": "whole"}
    source = stores(STORED_MODEL, *(replace(version(key), version=number) for number, key in keys.items()))
    source.objects = {(key, "v"): b"model" for key in keys.values()} | {("whole.graph.json.gz", "w"): b"graph"}
    source.damaged = {"description": "InternalError", "content": "SlowDownRead", "end": "broken off"}
    source.damaged["whole.graph.json.gz"] = "InternalError"
    await save(source, tmp_path / "a")
    restore(tmp_path / "a", target := empty())

    of_model = f"of model {STORED_MODEL.id}"
    with Reader.opened(tmp_path / "a") as reader:
        assert reader.manifest.lost == [
            f"version 1.0.0 {of_model}: the store can't read its file",
            f"version 2.0.0 {of_model}: the store can't read its file",
            f"version 3.0.0 {of_model}: the store can't read its file",
            f"version 4.0.0 {of_model}, summary of its graph: the store can't read its file",
        ]
    assert target.objects == {("whole", "new 0"): b"model"}
    assert len(target.tables[REGISTRY]) == 5


async def test_a_file_that_can_be_read_the_second_time_is_saved(tmp_path: Path) -> None:
    source = stores(STORED_MODEL, version("k"))
    source.objects, source.damaged = {("k", "v"): b"model"}, {"k": "broken off"}
    snapshots: list[int] = []

    def repair() -> None:
        snapshots.append(len(snapshots))
        if len(snapshots) > 1:
            source.damaged = {}

    source.on_snapshot = repair
    saving = await save(source, tmp_path / "a")
    assert saving.lost == []
    with Reader.opened(tmp_path / "a") as reader:
        assert [entry.key for entry in reader.manifest.objects()] == ["k"]


async def test_a_refusal_that_is_of_no_one_file_ends_the_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_more: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "GetObject")

    source = stores(STORED_MODEL, version("k"))
    monkeypatch.setattr(source, "get_object", refuse)
    with pytest.raises(StackError, match="GetObject was refused: AccessDenied"):
        await save(source, tmp_path / "a")
    assert [*tmp_path.iterdir()] == []


async def test_a_check_under_way_is_sent_again_after_the_restore(tmp_path: Path) -> None:
    waiting = replace(STORED_VERSION, artifact=None, state=VersionState.VALIDATING, upload_id=UPLOAD.id)
    source, target = stores(STORED_MODEL, waiting, UPLOAD), empty()
    source.objects = {(UPLOAD.storage_key, "v"): b"unchecked"}
    await save(source, tmp_path / "a")
    restore(tmp_path / "a", target)

    assert [json.loads(text) for text in target.messages] == [{"upload_id": UPLOAD.id, "tenant_id": waiting.tenant_id}]
    assert target.objects == {(UPLOAD.storage_key, "new 0"): b"unchecked"}


async def test_a_stopped_backup_leaves_no_file(tmp_path: Path) -> None:
    progress = Progress()
    progress.stop()
    with pytest.raises(Interrupted):
        await save(stores(STORED_MODEL), tmp_path / "a", progress)
    assert [*tmp_path.iterdir()] == []


async def test_items_that_the_store_did_not_take_are_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.archives.loading.time.sleep", lambda _seconds: None)
    source, target = stores(), empty()
    source.tables[REGISTRY] = [attributes({"pk": f"{number}", "sk": "x"}) for number in range(60)]
    target.refused_writes = 5
    await save(source, tmp_path / "a")
    restore(tmp_path / "a", target)
    assert sorted(target.tables[REGISTRY], key=str) == sorted(source.tables[REGISTRY], key=str)

    target.refused_writes = 1000
    with pytest.raises(StackError, match="takes no more items just now"):
        restore(tmp_path / "a", target)


def test_a_table_with_items_is_refused() -> None:
    refuse_items(empty().place())
    with pytest.raises(StackError, match="the table IdentityTable is not empty"):
        refuse_items(stores().place())


async def test_a_place_with_secrets_of_its_own_keeps_them(tmp_path: Path) -> None:
    await save(stores(STORED_MODEL), tmp_path / "a")
    target = empty()
    with Reader.opened(tmp_path / "a") as reader:
        load(reader, replace(target.place(), secret_ids={}), Progress())
    assert target.secret_values == {"TokenSecret": {"AWSCURRENT": "generated"}}
