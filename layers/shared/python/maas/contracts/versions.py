"""Bodies of the versions' routes."""

from datetime import datetime
from typing import Any

from pydantic import Field

from maas.contracts.base import Answer, Body, Patch
from maas.domain import value_rules
from maas.domain.catalog.version_changes import NewVersion, VersionChange
from maas.domain.catalog.versions import Signature, Tensor, Version
from maas.domain.errors import InvalidInput, Rule


class CreateVersion(Body):
    """Exactly one of `version` and `bump`.

    `metadata` is any JSON object; predictions take the names of classes from its `class_names`.
    """

    version: str = ""
    bump: str = ""
    parent: str = ""
    changelog: str = ""
    metadata: dict[str, Any] = Field(default_factory=dict)
    metrics: dict[str, float] = Field(default_factory=dict)
    model_card: str = ""

    def to_domain(self) -> NewVersion:
        return NewVersion(**self.model_dump())


class PatchVersion(Patch):
    """What is left out stays as it is; `metadata` and `metrics` replace all of theirs."""

    changelog: str | None = None
    metadata: dict[str, Any] | None = None
    metrics: dict[str, float] | None = None
    model_card: str | None = None

    def change(self, expected_revision: int | None) -> VersionChange:
        return VersionChange(**self.model_dump(), expected_revision=expected_revision)


class PublishVersion(Body):
    """`force`, with its `reason`, publishes a minor or patch that breaks callers."""

    force: bool = False
    reason: str = ""

    def forced(self) -> str:
        """The reason; empty if nothing is forced. Raises InvalidInput (reason)."""
        if self.reason and not self.force:
            raise InvalidInput.of("reason", Rule.FORCE, "must not be given without force, which it is the reason of")
        return value_rules.reason(self.reason) if self.force else ""


class TensorAnswer(Answer):
    """`shape` has -1 for a free dimension."""

    name: str
    dtype: str
    shape: list[int]

    @classmethod
    def of(cls, tensor: Tensor) -> "TensorAnswer":
        return cls(name=tensor.name, dtype=tensor.dtype, shape=list(tensor.shape))


class SignatureAnswer(Answer):
    inputs: list[TensorAnswer]
    outputs: list[TensorAnswer]

    @classmethod
    def of(cls, signature: Signature) -> "SignatureAnswer":
        return cls(
            inputs=[TensorAnswer.of(tensor) for tensor in signature.inputs],
            outputs=[TensorAnswer.of(tensor) for tensor in signature.outputs],
        )


class VersionAnswer(Answer):
    """`size` (bytes), `sha256` and `signature` are null until the file has passed validation.

    `created_by` is null for another tenant.
    """

    model_id: str
    version: str
    state: str
    failure: str | None
    parent: str | None
    changelog: str
    metadata: dict[str, Any]
    metrics: dict[str, float]
    model_card: str
    size: int | None
    sha256: str | None
    signature: SignatureAnswer | None
    created_by: str | None
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None
    deprecated_at: datetime | None
    forced: str | None
    revision: int

    @classmethod
    def of(cls, version: Version) -> "VersionAnswer":
        artifact = version.artifact
        return cls(
            model_id=version.model_id,
            version=version.version,
            state=version.state,
            failure=version.failure or None,
            parent=version.parent or None,
            changelog=version.changelog,
            metadata=dict(version.metadata),
            metrics=dict(version.metrics),
            model_card=version.model_card,
            size=artifact and artifact.size,
            sha256=artifact and artifact.sha256,
            signature=artifact and SignatureAnswer.of(artifact.signature),
            created_by=version.created_by or None,
            created_at=version.created_at,
            updated_at=version.updated_at,
            published_at=version.published_at,
            deprecated_at=version.deprecated_at,
            forced=version.forced or None,
            revision=version.revision,
        )
