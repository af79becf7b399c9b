"""Versions between the domain and the contract."""

from maas.contracts.versions import (
    CreateVersion,
    PatchVersion,
    PublishVersion,
    SignatureAnswer,
    TensorAnswer,
    VersionAnswer,
)
from maas.domain import value_rules
from maas.domain.catalog.formats import is_served
from maas.domain.catalog.version_changes import NewVersion, VersionChange
from maas.domain.catalog.versions import Signature, Tensor, Version
from maas.domain.errors import InvalidInput, Rule


def new_version(body: CreateVersion) -> NewVersion:
    return NewVersion(**body.model_dump())


def version_change(body: PatchVersion, expected_revision: int | None) -> VersionChange:
    return VersionChange(**body.model_dump(), expected_revision=expected_revision)


def force_reason(body: PublishVersion | None) -> str:
    """The reason to publish although it breaks callers; empty without `force`.

    Raises:
        InvalidInput: `reason` breaks its rule, or is given without `force`.
    """
    if body is None:
        return ""
    if body.reason and not body.force:
        raise InvalidInput.of("reason", Rule.FORCE, "must be given together with force")
    return value_rules.reason(body.reason) if body.force else ""


def version_answer(version: Version) -> VersionAnswer:
    artifact = version.artifact
    return VersionAnswer(
        model_id=version.model_id,
        version=version.version,
        state=version.state,
        failure=version.failure or None,
        parent=version.parent or None,
        changelog=version.changelog,
        metadata=dict(version.metadata),
        metrics=dict(version.metrics),
        model_card=version.model_card,
        format=artifact and artifact.format,
        size=artifact and artifact.size,
        sha256=artifact and artifact.sha256,
        signature=_signature_answer(artifact.signature) if artifact and is_served(artifact.format) else None,
        details=dict(artifact.details) if artifact and artifact.details else None,
        warnings=list(artifact.warnings) if artifact else [],
        created_by=version.created_by or None,
        created_at=version.created_at,
        updated_at=version.updated_at,
        published_at=version.published_at,
        deprecated_at=version.deprecated_at,
        forced=version.forced or None,
        digest=version.digest or None,
        file_count=version.file_count,
        total_size=version.total_size,
        revision=version.revision,
    )


def tensor_answer(tensor: Tensor) -> TensorAnswer:
    return TensorAnswer(name=tensor.name, dtype=tensor.dtype, shape=list(tensor.shape))


def _signature_answer(signature: Signature) -> SignatureAnswer:
    return SignatureAnswer(
        inputs=[tensor_answer(tensor) for tensor in signature.inputs],
        outputs=[tensor_answer(tensor) for tensor in signature.outputs],
    )
