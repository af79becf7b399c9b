"""The events of committed changes, made by one pure function from Change to Event; docs/events.md shows each type."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from functions.registry.ports import Change, Record
from functions.registry.stored import StoredModel, StoredVersion
from maas.domain.capturing.captures import Capture
from maas.domain.catalog.aliases import AliasMove, MoveKind
from maas.domain.catalog.event_types import EventType
from maas.domain.clock import now
from maas.domain.identity.actors import Actor
from maas.domain.identity.grants import ModelGrant
from maas.domain.ids import new_id
from maas.domain.rollouts.rollouts import Rollout
from maas.domain.uploads.sessions import Upload, UploadState

# Fields that `changed` leaves out: they change with every other field, or have an event of their own.
_NOT_COMPARED = frozenset(
    {"revision", "updated_at", "upload_id", "deleted_revision", "granted_by", "granted_at", "stored_bytes"}
    | {"digest", "file_count", "total_size"}
)


_UPLOAD_TYPES = {
    UploadState.OPEN: EventType.UPLOAD_STARTED,
    UploadState.COMPLETED: EventType.UPLOAD_COMPLETED,
    UploadState.ABORTED: EventType.UPLOAD_ABORTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The change of one record. `subject` is the principal that changed it.

    `credential`, `address` and `request_id` say how; they are None for our own services, and where they are not known.

    `revision` is None for an upload and for a grant.
    `changed` names the fields that differ, including fields that the summaries `before` and `after` leave out.
    """

    id: str
    type: EventType
    time: datetime
    tenant_id: str
    model_id: str
    subject: str
    credential: str | None
    address: str | None
    request_id: str | None
    revision: int | None
    changed: tuple[str, ...]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


def events_of(changes: Sequence[Change], by: Actor) -> list[Event]:
    """One event for each record that a transaction changes, in its order; none for a record that must only exist."""
    time = now()
    return [_event(change, by, time) for change in changes if change.before is not change.after]


def _event(change: Change, by: Actor, time: datetime) -> Event:
    before, after = change.before, change.after
    record = after or before
    assert record is not None  # because `before is not after`
    return Event(
        id=new_id(),
        type=_type_of(before, after, record),
        time=time,
        tenant_id=record.tenant_id,
        model_id=record.id if isinstance(record, StoredModel) else record.model_id,
        subject=by.subject,
        credential=by.credential or None,
        address=by.address or None,
        request_id=by.request_id or None,
        revision=None if isinstance(record, Upload | ModelGrant) else record.revision,
        changed=_changed(before, after) if before and after else (),
        before=_summary(before) if before else None,
        after=_summary(after) if after else None,
    )


def _type_of(before: Record | None, after: Record | None, record: Record) -> EventType:
    match record:
        case StoredModel():
            return _type_by_existence(
                before, after, EventType.MODEL_CREATED, EventType.MODEL_UPDATED, EventType.MODEL_DELETED
            )
        case StoredVersion():
            moved = (
                isinstance(before, StoredVersion)
                and isinstance(after, StoredVersion)
                and before.state is not after.state
            )
            changed = EventType.VERSION_STATE_CHANGED if moved else EventType.VERSION_UPDATED
            return _type_by_existence(before, after, EventType.VERSION_CREATED, changed, EventType.VERSION_DELETED)
        case AliasMove():
            return EventType.ROLLOUT_CHANGED if record.kind is MoveKind.ROLLOUT else EventType.ALIAS_MOVED
        case Upload():
            return _UPLOAD_TYPES[record.state]
        case ModelGrant():
            return _type_by_existence(
                before, after, EventType.GRANT_CREATED, EventType.GRANT_UPDATED, EventType.GRANT_DELETED
            )


def _type_by_existence(
    before: Record | None, after: Record | None, created: EventType, changed: EventType, deleted: EventType
) -> EventType:
    if before is None:
        return created
    return deleted if after is None else changed


def _changed(before: Record, after: Record) -> tuple[str, ...]:
    names = (field.name for field in fields(before) if field.name not in _NOT_COMPARED)
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))


def _rollout_summary(rollout: Rollout) -> dict[str, Any]:
    found = {name: getattr(rollout, name) for name in ("id", "candidate", "plan", "state", "step")}
    # As a text: the audit log has no numbers but whole ones (maas.domain.audit.canonical).
    return {**found, "percent": f"{rollout.percent:.10g}"}


def _capture_summary(capture: Capture) -> dict[str, Any]:
    found = {name: getattr(capture, name) for name in ("redact", "keep_days", "outputs")}
    return {**found, "percent": f"{capture.percent:.10g}"}


def _summary(record: Record) -> dict[str, Any]:
    """The fields that consumers decide by: short ones, and neither free text nor locations of files."""
    match record:
        case StoredModel():
            return {
                "name": record.name,
                "framework": record.framework,
                "status": record.status,
                "owner_id": record.owner_id,
                "tags": record.tags,
                "is_public": record.is_public,
                "latest_version": record.latest_version or None,
                "default_ref": record.default_ref,
                "capture": record.capture and _capture_summary(record.capture),
            }
        case StoredVersion():
            return _version_summary(record)
        case AliasMove():
            return {
                "alias": record.alias,
                "kind": record.kind,
                "from_version": record.from_version or None,
                "to_version": record.to_version or None,
                "reason": record.reason or None,
                "rollout": _rollout_summary(record.rollout) if record.rollout else None,
            }
        case Upload():
            return _upload_summary(record)
        case ModelGrant():
            return {"subject": record.subject, "kind": record.kind, "role": record.role}


def _version_summary(version: StoredVersion) -> dict[str, Any]:
    return {
        "version": version.version,
        "state": version.state,
        "failure": version.failure or None,
        "parent": version.parent or None,
        "forced": version.forced or None,
        "format": version.artifact and version.artifact.format,
        "size": version.artifact and version.artifact.size,
        "sha256": version.artifact and version.artifact.sha256,
        "digest": version.digest or None,
        "file_count": version.file_count,
        "upload_id": version.upload_id or None,
        "created_by": version.created_by,
    }


def _upload_summary(upload: Upload) -> dict[str, Any]:
    return {
        "upload_id": upload.id,
        "version": upload.version,
        "state": upload.state,
        "filename": upload.filename,
        "size": upload.size,
        "sha256": upload.sha256 or None,
        "created_by": upload.created_by,
    }
