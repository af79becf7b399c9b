"""Bodies of the models' routes."""

from datetime import datetime

from pydantic import Field

from maas.contracts.base import Answer, Body, Patch
from maas.domain.catalog.models import Model, ModelChange, NewModel


class _ModelFields(Body):
    """All that its owner says of a model."""

    name: str
    framework: str
    description: str = ""
    tags: list[str] = Field(default_factory=list)
    metadata: dict[str, str] = Field(default_factory=dict)
    is_public: bool = False


class ReplaceModel(_ModelFields):
    """What is left out becomes empty."""

    def change(self, expected_revision: int | None) -> ModelChange:
        return ModelChange(
            name=self.name,
            framework=self.framework,
            description=self.description,
            tags=tuple(self.tags),
            metadata=self.metadata,
            is_public=self.is_public,
            expected_revision=expected_revision,
        )


class CreateModel(_ModelFields):
    """`version`, where given, makes a draft of that version with the model."""

    version: str | None = None

    def new_model(self) -> NewModel:
        return NewModel(
            name=self.name,
            framework=self.framework,
            description=self.description,
            tags=tuple(self.tags),
            metadata=self.metadata,
            is_public=self.is_public,
            version=self.version,
        )


class PatchModel(Patch):
    """What is left out stays as it is."""

    name: str | None = None
    framework: str | None = None
    description: str | None = None
    tags: list[str] | None = None
    metadata: dict[str, str] | None = None
    is_public: bool | None = None

    def change(self, expected_revision: int | None) -> ModelChange:
        return ModelChange(
            name=self.name,
            framework=self.framework,
            description=self.description,
            tags=None if self.tags is None else tuple(self.tags),
            metadata=self.metadata,
            is_public=self.is_public,
            expected_revision=expected_revision,
        )


class StatusBody(Body):
    status: str


class TagsBody(Body):
    tags: list[str] = Field(min_length=1)


class MetadataBody(Body):
    """Replaces all metadata."""

    metadata: dict[str, str]


class ModelAnswer(Answer):
    """`latest_version`: the highest published version that is no prerelease; null while there is none."""

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
    created_at: datetime
    updated_at: datetime
    revision: int

    @classmethod
    def of(cls, model: Model) -> "ModelAnswer":
        return cls(
            id=model.id,
            name=model.name,
            description=model.description,
            framework=model.framework,
            status=model.status,
            tags=list(model.tags),
            metadata=dict(model.metadata),
            is_public=model.is_public,
            owner_id=model.owner_id,
            tenant_id=model.tenant_id,
            latest_version=model.latest_version or None,
            created_at=model.created_at,
            updated_at=model.updated_at,
            revision=model.revision,
        )


class MetadataAnswer(Answer):
    metadata: dict[str, str]
