"""The events of `maas.registry`, one pydantic model per type; docs/events.md and docs/schemas are made from them.

Consumers must ignore unknown fields.
"""

from typing import Literal

from pydantic import Field

from maas.contracts.base import Answer
from maas.domain.catalog.aliases import MoveKind
from maas.domain.catalog.models import Framework, ModelStatus
from maas.domain.catalog.versions import VersionState
from maas.domain.identity.grants import SubjectKind
from maas.domain.identity.principals import Role
from maas.domain.rollouts.plans import Plan
from maas.domain.rollouts.rollouts import RolloutState
from maas.domain.uploads.sessions import UploadState
from tools.event_fields import Trail


class CaptureSummary(Answer):
    """What is stored of a model's predictions."""

    percent: str = Field(description="The share of predictions, as a decimal number.")
    redact: list[str]
    keep_days: int
    outputs: bool


class ModelSummary(Answer):
    """A model. The API returns its description and metadata."""

    name: str
    framework: Framework
    status: ModelStatus
    owner_id: str
    tags: list[str]
    is_public: bool
    latest_version: str | None = Field(description="The highest published version that is not a prerelease.")
    default_ref: str = Field(description="The reference that a prediction without a version uses.")
    capture: CaptureSummary | None = Field(description="What is stored of its predictions; null if nothing is.")


class VersionSummary(Answer):
    """A version. The API returns its changelog, metadata, metrics, signature and model card."""

    version: str
    state: VersionState
    failure: str | None = Field(description="The reason why its file was refused.")
    parent: str | None = Field(description="The version that it was made from.")
    forced: str | None = Field(description="The reason for publishing it although it breaks callers.")
    size: int | None = Field(description="Size of its file in bytes; null until the file has been checked.")
    format: str | None = Field(description="Format of its file; null until the file has been checked.")
    sha256: str | None = Field(description="SHA-256 of its file, hexadecimal; null until the file has been checked.")
    digest: str | None = Field(description="Digest of the manifest of its files; null until they have been checked.")
    file_count: int = Field(description="Number of its files; 0 until they have been checked.")
    upload_id: str | None = Field(description="The upload that its file comes from; null before the first one.")
    created_by: str


class UploadSummary(Answer):
    """An upload."""

    upload_id: str
    version: str
    state: UploadState
    filename: str
    size: int = Field(description="Size of the file in bytes.")
    sha256: str | None = Field(description="SHA-256 of the file as the client declared it, hexadecimal.")
    created_by: str


class RolloutSummary(Answer):
    """A rollout of an alias."""

    id: str
    candidate: str = Field(description="The version that is to follow the one of the alias.")
    plan: Plan
    state: RolloutState
    percent: str = Field(description="The candidate's share of the calls now in percent, such as `5` or `12.5`.")
    step: int = Field(description="The place of the current step, from 0.")


class AliasMoveSummary(Answer):
    """A move of an alias."""

    alias: str
    kind: MoveKind
    from_version: str | None = Field(description="The version that it pointed at before; null if the alias is new.")
    to_version: str | None = Field(description="The version that it points at now; null if the alias was deleted.")
    reason: str | None = Field(description="The reason that the caller gave.")
    rollout: RolloutSummary | None = Field(description="The rollout after its change; null for other moves.")


class GrantSummary(Answer):
    """A role on a model."""

    subject: str = Field(description="Id of the user, service account, key or organization that has the role.")
    kind: SubjectKind
    role: Role


class EventBody(Trail):
    """The fields of every event of the registry."""

    sequence: int = Field(ge=1, description="Number among the model's events: 1, 2, 3 and so on, without a gap.")
    model_id: str


class ModelCreated(EventBody):
    """A model was created."""

    type: Literal["ModelCreated"]
    revision: int
    before: None
    after: ModelSummary


class ModelUpdated(EventBody):
    """A model changed. Its owner changed it, or one of its versions or aliases did.

    `changed` may be empty, or contain only `headline`: the version that the older gRPC contract shows.
    """

    type: Literal["ModelUpdated"]
    revision: int
    before: ModelSummary
    after: ModelSummary


class ModelDeleted(EventBody):
    """A model was deleted with its versions and uploads. Their deletion has no events of its own."""

    type: Literal["ModelDeleted"]
    revision: int
    before: ModelSummary
    after: None


class VersionCreated(EventBody):
    """A draft was created."""

    type: Literal["VersionCreated"]
    revision: int
    before: None
    after: VersionSummary


class VersionStateChanged(EventBody):
    """A version entered another state: uploading, validating, ready, failed, published or deprecated.

    The validation's result is `ready` or `failed`; without one, it is `failed` after 4 hours. An aborted upload makes
    the version a draft again. An upload that replaces a file makes it `uploading` again.
    """

    type: Literal["VersionStateChanged"]
    revision: int
    before: VersionSummary
    after: VersionSummary


class VersionUpdated(EventBody):
    """The description of a version changed: its changelog, metadata, metrics or model card. Its state did not."""

    type: Literal["VersionUpdated"]
    revision: int
    before: VersionSummary
    after: VersionSummary


class VersionDeleted(EventBody):
    """A version that was never published was deleted with its last upload."""

    type: Literal["VersionDeleted"]
    revision: int
    before: VersionSummary
    after: None


class AliasMoved(EventBody):
    """An alias was created, moved or deleted, or promoted to the candidate of its rollout.

    The history of moves only grows, so there is no `before`.
    """

    type: Literal["AliasMoved"]
    revision: int
    before: None
    after: AliasMoveSummary


class RolloutChanged(EventBody):
    """A rollout of an alias began, went on or was aborted. A promotion is AliasMoved with the kind `promote`."""

    type: Literal["RolloutChanged"]
    revision: int
    before: None
    after: AliasMoveSummary


class UploadStarted(EventBody):
    """An upload was started."""

    type: Literal["UploadStarted"]
    revision: None
    before: None
    after: UploadSummary


class UploadCompleted(EventBody):
    """All bytes are in the store. VersionStateChanged follows with the validator's result."""

    type: Literal["UploadCompleted"]
    revision: None
    before: UploadSummary
    after: UploadSummary


class UploadAborted(EventBody):
    """An upload was aborted, or another one has replaced it. `changed` then names `replaced_by`."""

    type: Literal["UploadAborted"]
    revision: None
    before: UploadSummary
    after: UploadSummary


class GrantCreated(EventBody):
    """A subject got a role on the model. The `subject` of the event is the caller who gave it."""

    type: Literal["GrantCreated"]
    revision: None
    before: None
    after: GrantSummary


class GrantUpdated(EventBody):
    """The role of a subject on the model was replaced by another one."""

    type: Literal["GrantUpdated"]
    revision: None
    before: GrantSummary
    after: GrantSummary


class GrantDeleted(EventBody):
    """The role of a subject on the model was taken away. A deleted model's grants end without events of their own."""

    type: Literal["GrantDeleted"]
    revision: None
    before: GrantSummary
    after: None


AnyEvent = (
    ModelCreated
    | ModelUpdated
    | ModelDeleted
    | VersionCreated
    | VersionStateChanged
    | VersionUpdated
    | VersionDeleted
    | AliasMoved
    | RolloutChanged
    | UploadStarted
    | UploadCompleted
    | UploadAborted
    | GrantCreated
    | GrantUpdated
    | GrantDeleted
)
