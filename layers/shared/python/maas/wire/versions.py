"""Versions and their files between the domain and maas.registry.v1."""

import json
from collections.abc import Mapping
from typing import Any

from maas.domain.catalog.formats import ONNX
from maas.domain.catalog.versions import VERSION_METADATA_MAX_BYTES, Artifact, Signature, Tensor, Version, VersionState
from maas.domain.errors import InvalidInput, Rule
from maas.rpc.registry.v1 import registry_pb2 as pb
from maas.wire.fields import from_timestamp, to_timestamp


def to_version(version: Version) -> pb.Version:
    return pb.Version(
        model_id=version.model_id,
        tenant_id=version.tenant_id,
        version=version.version,
        state=pb.VersionState.Value(f"VERSION_STATE_{version.state.name}"),
        failure=version.failure,
        changelog=version.changelog,
        metadata_json=to_json(version.metadata),
        artifact=None if version.artifact is None else to_artifact(version.artifact),
        created_by=version.created_by,
        revision=version.revision,
        created_at=to_timestamp(version.created_at),
        updated_at=to_timestamp(version.updated_at),
        published_at=to_timestamp(version.published_at),
        deprecated_at=to_timestamp(version.deprecated_at),
        parent=version.parent,
        metrics=version.metrics,
        model_card=version.model_card,
        forced=version.forced,
        upload_id=version.upload_id,
        digest=version.digest,
        file_count=version.file_count,
        total_size=version.total_size,
    )


def from_version(message: pb.Version) -> Version:
    return Version(
        model_id=message.model_id,
        tenant_id=message.tenant_id,
        version=message.version,
        state=VersionState[pb.VersionState.Name(message.state).removeprefix("VERSION_STATE_")],
        failure=message.failure,
        changelog=message.changelog,
        metadata=from_json(message.metadata_json),
        artifact=from_artifact(message.artifact) if message.HasField("artifact") else None,
        created_by=message.created_by,
        revision=message.revision,
        created_at=from_timestamp(message.created_at),
        updated_at=from_timestamp(message.updated_at),
        published_at=from_timestamp(message.published_at) if message.HasField("published_at") else None,
        deprecated_at=from_timestamp(message.deprecated_at) if message.HasField("deprecated_at") else None,
        parent=message.parent,
        metrics=dict(message.metrics),
        model_card=message.model_card,
        forced=message.forced,
        upload_id=message.upload_id,
        digest=message.digest,
        file_count=message.file_count,
        total_size=message.total_size,
    )


def to_artifact(artifact: Artifact) -> pb.Artifact:
    return pb.Artifact(
        storage_key=artifact.storage_key,
        object_version=artifact.object_version,
        size=artifact.size,
        sha256=artifact.sha256,
        signature=pb.Signature(
            inputs=[_to_tensor(tensor) for tensor in artifact.signature.inputs],
            outputs=[_to_tensor(tensor) for tensor in artifact.signature.outputs],
        ),
        warnings=artifact.warnings,
        format=artifact.format,
        details_json=to_json(artifact.details),
    )


def from_artifact(message: pb.Artifact) -> Artifact:
    return Artifact(
        storage_key=message.storage_key,
        object_version=message.object_version,
        size=message.size,
        sha256=message.sha256,
        signature=Signature(
            inputs=tuple(_from_tensor(tensor) for tensor in message.signature.inputs),
            outputs=tuple(_from_tensor(tensor) for tensor in message.signature.outputs),
        ),
        warnings=tuple(message.warnings),
        format=message.format or ONNX,  # validators of earlier releases send none
        details=from_json(message.details_json, "artifact.details"),
    )


def to_json(metadata: Mapping[str, Any]) -> str:
    return json.dumps(dict(metadata), separators=(",", ":"), ensure_ascii=False)


def from_json(text: str, field: str = "metadata") -> dict[str, Any]:
    """A JSON object of a message, such as its metadata; empty for an empty text.

    Raises:
        InvalidInput: `text` is not a JSON object, or is too long. A text that is too long is not parsed.
    """
    if len(text) > VERSION_METADATA_MAX_BYTES:
        raise InvalidInput.of(field, Rule.MAX_BYTES, f"must be at most {VERSION_METADATA_MAX_BYTES} bytes of JSON")
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InvalidInput.of(field, Rule.JSON, "must be a JSON object")
    return found


def _to_tensor(tensor: Tensor) -> pb.Tensor:
    return pb.Tensor(name=tensor.name, dtype=tensor.dtype, shape=tensor.shape)


def _from_tensor(message: pb.Tensor) -> Tensor:
    return Tensor(message.name, message.dtype, tuple(message.shape))
