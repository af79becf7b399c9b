"""Every change has an event with its subject, record and changed fields, and without the location of files."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, get_args

import pytest

from functions.registry.catalog.revisions import revised
from functions.registry.events import Event, events_of
from functions.registry.ports import Change, Record
from functions.registry.store.outbox import outbox_writes
from maas.domain import value_rules
from maas.domain.audit.events import AuditEvent
from maas.domain.catalog.aliases import MoveKind
from maas.domain.catalog.event_types import EventType
from maas.domain.catalog.models import Headline
from maas.domain.catalog.versions import Artifact, Signature, VersionState
from maas.domain.identity.actors import Actor
from maas.domain.identity.principals import Role
from maas.domain.ids import new_id
from maas.domain.uploads.paths import SEGMENT_MAX_BYTES
from maas.domain.uploads.sessions import UploadState
from tests.support.registry_server import person
from tests.support.sample_records import GRANT, MOVE, STORED_MODEL, STORED_VERSION, UPLOAD

CALLER = person()
BY = Actor(CALLER.subject, "session/s", "203.0.113.7", "request-1")
# One record of each kind that a transaction may change.
RECORDS: Sequence[Record] = (STORED_MODEL, STORED_VERSION, UPLOAD, MOVE, GRANT)
COMPLETED, ABORTED = (replace(UPLOAD, state=state) for state in (UploadState.COMPLETED, UploadState.ABORTED))
assert MOVE.rollout
ROLLOUT = replace(MOVE.rollout, step=0)  # at 2.5 percent
CHANGES = {
    EventType.MODEL_CREATED: Change(None, STORED_MODEL),
    EventType.MODEL_UPDATED: Change(STORED_MODEL, revised(STORED_MODEL, description="better")),
    EventType.MODEL_DELETED: Change(STORED_MODEL, None),
    EventType.VERSION_CREATED: Change(None, STORED_VERSION),
    EventType.VERSION_STATE_CHANGED: Change(STORED_VERSION, revised(STORED_VERSION, state=VersionState.DEPRECATED)),
    EventType.VERSION_UPDATED: Change(STORED_VERSION, revised(STORED_VERSION, changelog="words")),
    EventType.VERSION_DELETED: Change(STORED_VERSION, None),
    EventType.ALIAS_MOVED: Change(None, MOVE),
    EventType.ROLLOUT_CHANGED: Change(None, replace(MOVE, kind=MoveKind.ROLLOUT, rollout=ROLLOUT)),
    EventType.UPLOAD_STARTED: Change(None, replace(UPLOAD, state=UploadState.OPEN)),
    EventType.UPLOAD_COMPLETED: Change(UPLOAD, COMPLETED),
    EventType.UPLOAD_ABORTED: Change(UPLOAD, ABORTED),
    EventType.GRANT_CREATED: Change(None, GRANT),
    EventType.GRANT_UPDATED: Change(GRANT, replace(GRANT, role=Role.DEVELOPER, granted_by="eve")),
    EventType.GRANT_DELETED: Change(GRANT, None),
}


def event(change: Change) -> Event:
    [found] = events_of([change], BY)
    return found


def test_every_kind_of_record_has_an_event() -> None:
    assert {type(record) for record in RECORDS} == set(get_args(Record))
    for record in RECORDS:
        assert event(Change(None, record)).after
        assert event(Change(record, replace(record, tenant_id="another"))).changed == ("tenant_id",)


@pytest.mark.parametrize("kind", EventType)
def test_every_event_type_has_a_change(kind: EventType) -> None:
    change = CHANGES[kind]
    found = event(change)
    assert found.type is kind
    assert (found.before is None, found.after is None) == (change.before is None, change.after is None)
    assert (found.tenant_id, found.model_id) == (STORED_MODEL.tenant_id, STORED_MODEL.id)
    assert Actor(found.subject, found.credential or "", found.address or "", found.request_id or "") == BY


@pytest.mark.parametrize("kind", EventType)
def test_every_event_can_be_in_the_audit_log(kind: EventType) -> None:
    found = event(CHANGES[kind])
    detail = {"id": new_id(), "time": "2026-11-21T09:08:00+00:00", "tenant_id": new_id(), "model_id": found.model_id}
    summaries = json.loads(json.dumps({"before": found.before, "after": found.after}))
    assert AuditEvent.of({**detail, "type": kind, **summaries}).action == kind


def test_a_service_of_ours_has_neither_credential_nor_request() -> None:
    [found] = events_of([CHANGES[EventType.MODEL_CREATED]], Actor("validator"))
    assert (found.subject, found.credential, found.address, found.request_id) == ("validator", None, None, None)


def test_a_change_of_a_grant_names_its_subject_and_both_roles() -> None:
    found = event(CHANGES[EventType.GRANT_UPDATED])
    assert found.before == {"subject": GRANT.subject, "kind": "user", "role": "invoker"}
    assert found.after == {**found.before, "role": "developer"}
    assert (found.changed, found.revision) == (("role",), None)


def test_a_record_that_must_only_exist_has_no_event() -> None:
    assert [found.type for found in events_of([Change(None, UPLOAD), Change(STORED_MODEL, STORED_MODEL)], BY)] == [
        "UploadStarted"
    ]


def test_events_keep_the_order_of_their_transaction() -> None:
    found = events_of([CHANGES[EventType.VERSION_STATE_CHANGED], CHANGES[EventType.MODEL_UPDATED]], BY)
    assert [each.type for each in found] == ["VersionStateChanged", "ModelUpdated"]
    assert found[0].id != found[1].id
    assert found[0].time == found[1].time


def test_a_changed_text_is_named_but_not_sent() -> None:
    found = event(CHANGES[EventType.MODEL_UPDATED])
    assert found.changed == ("description",)
    assert "better" not in stored([found])


def test_before_and_after_show_a_change_of_state() -> None:
    found = event(CHANGES[EventType.VERSION_STATE_CHANGED])
    assert found.before is not None
    assert found.after is not None
    assert (found.before["state"], found.after["state"], found.changed) == ("published", "deprecated", ("state",))
    assert found.revision == STORED_VERSION.revision + 1


def stored(events: Sequence[Event]) -> str:
    [write] = outbox_writes(events)
    text: str = write.arguments["ExpressionAttributeValues"][":events"]["S"]
    return text


def test_no_event_contains_the_location_of_a_file() -> None:
    artifact = Artifact(
        storage_key="SECRET-key", object_version="SECRET-version", size=1, sha256="ab", signature=Signature((), ())
    )
    upload = replace(UPLOAD, storage_key="SECRET-key", storage_upload_id="SECRET-upload")
    model = replace(STORED_MODEL, headline=Headline(version="1.0.0", storage_path="SECRET-path"))
    version = replace(STORED_VERSION, artifact=artifact)
    records: Sequence[Record] = (model, version, upload)
    text = stored(events_of([Change(None, record) for record in records], BY))
    assert "ab" in text
    assert "SECRET" not in text


def test_the_longest_events_fit_the_bus_and_the_item() -> None:
    """EventBridge accepts entries of 256 KB, DynamoDB items of 400 KB; a transaction changes at most three records."""
    long = "\N{DESERET CAPITAL LETTER LONG I}"
    model = replace(
        STORED_MODEL,
        name=long * value_rules.NAME_MAX,
        tags=tuple(long * value_rules.TAG_MAX for _ in range(value_rules.TAGS_MAX)),
    )
    version = replace(
        STORED_VERSION, failure=long * 2048, forced=long * value_rules.REASON_MAX, version="1" * 64, parent="1" * 64
    )
    upload = replace(UPLOAD, filename=long * SEGMENT_MAX_BYTES)
    records: Sequence[Record] = (model, version, upload)
    events = events_of([Change(record, replace(record, tenant_id=long * 128)) for record in records], BY)
    assert max(len(stored([each])) for each in events) < 100 * 1024
    assert len(stored(events)) < 200 * 1024


def test_the_outbox_counts_events_and_expires_after_its_model() -> None:
    def values(*changes: Change) -> dict[str, Any]:
        [write] = outbox_writes(events_of(changes, BY))
        found: dict[str, Any] = write.arguments["ExpressionAttributeValues"]
        return found

    two = values(CHANGES[EventType.VERSION_STATE_CHANGED], CHANGES[EventType.MODEL_UPDATED])
    assert two[":count"] == {"N": "2"}
    assert len(json.loads(two[":events"]["S"])) == 2
    assert ":expires" not in two
    assert ":expires" in values(CHANGES[EventType.MODEL_DELETED])


def test_a_transaction_without_events_does_not_write_the_outbox() -> None:
    assert outbox_writes(events_of([Change(STORED_MODEL, STORED_MODEL)], BY)) == []
