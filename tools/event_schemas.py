"""The events on the bus, one model for each type: docs/events.md and the schemas in docs/schemas are made of them.

Consumers must ignore fields they do not know.
"""

from typing import Annotated, Literal

from pydantic import Field

from maas.contracts.base import Answer
from maas.domain.catalog.aliases import MoveKind
from maas.domain.catalog.models import Framework, ModelStatus
from maas.domain.catalog.versions import VersionState
from maas.domain.uploads.sessions import UploadState

Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class ModelSummary(Answer):
    """A model; its description and metadata are told by the API."""

    name: str
    framework: Framework
    status: ModelStatus
    owner_id: str
    tags: list[str]
    is_public: bool
    latest_version: str | None = Field(description="The highest published version that is no prerelease.")


class VersionSummary(Answer):
    """A version; changelog, metadata, metrics, signature and model card are told by the API."""

    version: str
    state: VersionState
    failure: str | None = Field(description="Why it failed.")
    parent: str | None = Field(description="The version that it was made from.")
    forced: str | None = Field(description="Why it was published although it breaks callers.")
    size: int | None = Field(description="Of its file, in bytes; null until the file has been checked.")
    sha256: str | None = Field(description="Of its file, hexadecimal; null until the file has been checked.")
    created_by: str


class UploadSummary(Answer):
    """An upload."""

    upload_id: str
    version: str
    state: UploadState
    filename: str
    size: int = Field(description="In bytes.")
    sha256: str | None = Field(description="As the client has declared it, hexadecimal.")
    created_by: str


class AliasMoveSummary(Answer):
    """A move of an alias."""

    alias: str
    kind: MoveKind
    from_version: str | None = Field(description="What it pointed at before; null where it is new.")
    to_version: str | None = Field(description="What it points at now; null where it is deleted.")
    reason: str | None = Field(description="As whoever moved it gave it.")


class EventBody(Answer):
    """What every event has."""

    sequence: int = Field(ge=1, description="Its place among the model's events: 1, 2, 3 and so on, without a gap.")
    id: str = Field(description="The event's own; one that arrives twice has the same.")
    time: Time = Field(description="When it was committed, by the clock of the process that did.")
    tenant_id: str
    model_id: str
    subject: str = Field(
        description="Who did it: a user's id, `validator`, or `anonymous` where no token is asked for."
    )
    changed: list[str] = Field(description="The fields that differ, those too whose values are not told.")


class ModelCreated(EventBody):
    """A model is there."""

    type: Literal["ModelCreated"]
    revision: int
    before: None
    after: ModelSummary


class ModelUpdated(EventBody):
    """A model has changed, by its owner or because one of its versions did.

    `changed` may have `headline` alone, which version the older contract shows, or nothing.
    """

    type: Literal["ModelUpdated"]
    revision: int
    before: ModelSummary
    after: ModelSummary


class ModelDeleted(EventBody):
    """A model is gone, and with it its versions and uploads, which have no events of their own for that."""

    type: Literal["ModelDeleted"]
    revision: int
    before: ModelSummary
    after: None


class VersionCreated(EventBody):
    """A draft is there."""

    type: Literal["VersionCreated"]
    revision: int
    before: None
    after: VersionSummary


class VersionStateChanged(EventBody):
    """A version has gone on: uploading, validating, ready or failed (the validation's result), published, deprecated.

    Or back to draft, when its upload is aborted.
    """

    type: Literal["VersionStateChanged"]
    revision: int
    before: VersionSummary
    after: VersionSummary


class VersionUpdated(EventBody):
    """What is said of a version has changed, and not its state."""

    type: Literal["VersionUpdated"]
    revision: int
    before: VersionSummary
    after: VersionSummary


class VersionDeleted(EventBody):
    """A draft or a failed version is gone, and its last upload with it."""

    type: Literal["VersionDeleted"]
    revision: int
    before: VersionSummary
    after: None


class AliasMoved(EventBody):
    """An alias is new, points elsewhere, or is gone. The history of moves only grows, so there is no `before`."""

    type: Literal["AliasMoved"]
    revision: int
    before: None
    after: AliasMoveSummary


class UploadStarted(EventBody):
    """An upload is open."""

    type: Literal["UploadStarted"]
    revision: None
    before: None
    after: UploadSummary


class UploadCompleted(EventBody):
    """All bytes are there; what the validator finds is told by VersionStateChanged."""

    type: Literal["UploadCompleted"]
    revision: None
    before: UploadSummary
    after: UploadSummary


class UploadAborted(EventBody):
    """An upload has been given up."""

    type: Literal["UploadAborted"]
    revision: None
    before: UploadSummary
    after: UploadSummary


AnyEvent = (
    ModelCreated
    | ModelUpdated
    | ModelDeleted
    | VersionCreated
    | VersionStateChanged
    | VersionUpdated
    | VersionDeleted
    | AliasMoved
    | UploadStarted
    | UploadCompleted
    | UploadAborted
)
