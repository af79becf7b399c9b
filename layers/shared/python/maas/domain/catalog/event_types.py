"""The types of the events that the registry publishes; docs/events.md shows each of them."""

from enum import StrEnum


class EventType(StrEnum):
    """The `detail-type` on the bus."""

    MODEL_CREATED = "ModelCreated"
    MODEL_UPDATED = "ModelUpdated"
    MODEL_DELETED = "ModelDeleted"
    VERSION_CREATED = "VersionCreated"
    VERSION_UPDATED = "VersionUpdated"
    VERSION_STATE_CHANGED = "VersionStateChanged"
    VERSION_DELETED = "VersionDeleted"
    ALIAS_MOVED = "AliasMoved"
    ROLLOUT_CHANGED = "RolloutChanged"
    UPLOAD_STARTED = "UploadStarted"
    UPLOAD_COMPLETED = "UploadCompleted"
    UPLOAD_ABORTED = "UploadAborted"
    GRANT_CREATED = "GrantCreated"
    GRANT_UPDATED = "GrantUpdated"
    GRANT_DELETED = "GrantDeleted"
