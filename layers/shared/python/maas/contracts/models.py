"""Bodies of the model routes."""

from datetime import datetime

from pydantic import Field

from maas.contracts.base import Answer, Body


class _ModelFields(Body):
    """The fields that an owner gives a model."""

    name: str
    framework: str
    description: str = ""
    tags: list[str] = Field(default_factory=list)
    metadata: dict[str, str] = Field(default_factory=dict)
    is_public: bool = False
    default_ref: str = "latest"


class ReplaceModel(_ModelFields):
    """A whole model; a field that is left out becomes empty, and `default_ref` becomes latest."""


class CreateModel(_ModelFields):
    """A new model; with `version`, a draft of that version is created too."""

    version: str | None = None


class PatchModel(Body):
    """A partial change; a field that is left out keeps its value."""

    name: str | None = None
    framework: str | None = None
    description: str | None = None
    tags: list[str] | None = None
    metadata: dict[str, str] | None = None
    is_public: bool | None = None
    default_ref: str | None = None


class StatusBody(Body):
    status: str


class TagsBody(Body):
    tags: list[str] = Field(min_length=1)


class MetadataBody(Body):
    """The whole metadata; it replaces all stored entries."""

    metadata: dict[str, str]


class ModelAnswer(Answer):
    """A model. `latest_version` is the highest published version that is not a prerelease; null if there is none.

    `default_ref` is the reference that a prediction without `version` uses.
    """

    id: str
    name: str
    description: str
    framework: str
    status: str
    tags: list[str]
    metadata: dict[str, str]
    is_public: bool
    owner_id: str
    tenant_id: str
    latest_version: str | None
    default_ref: str
    created_at: datetime
    updated_at: datetime
    revision: int


class MetadataAnswer(Answer):
    metadata: dict[str, str]
