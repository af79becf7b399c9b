"""Models, versions and uploads as plain values, and back.

Values are what both JSON and boto3's TypeSerializer accept: texts, integers, booleans, None, lists and mappings. Floats
are not among them, so metadata and metrics, which may hold floats, are JSON texts.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from functions.registry.alias_records import aliases_of, aliases_values
from functions.registry.capture_records import capture_of, capture_values
from functions.registry.stored import StoredModel, StoredVersion
from maas.domain.catalog.formats import ONNX
from maas.domain.catalog.models import Framework, Headline, ModelStatus
from maas.domain.catalog.versions import LATEST, Artifact, Signature, Tensor, VersionState
from maas.domain.uploads.sessions import Upload, UploadState

Values = dict[str, Any]


def model_values(model: StoredModel) -> Values:
    return {
        "model_id": model.id,
        "tenant_id": model.tenant_id,
        "owner_id": model.owner_id,
        "name": model.name,
        "framework": str(model.framework),
        "status": str(model.status),
        "description": model.description,
        "tags": list(model.tags),
        "metadata": dict(model.metadata),
        "is_public": model.is_public,
        "latest_version": model.latest_version,
        "headline": model.headline and _headline_values(model.headline),
        "aliases": aliases_values(model.aliases),
        "deleted_revision": model.deleted_revision,
        "revision": model.revision,
        "created_at": model.created_at.isoformat(),
        "updated_at": model.updated_at.isoformat(),
        "default_ref": model.default_ref,
        "capture": model.capture and capture_values(model.capture),
    }


def model_of(values: Mapping[str, Any]) -> StoredModel:
    return StoredModel(
        id=values["model_id"],
        tenant_id=values["tenant_id"],
        owner_id=values["owner_id"],
        name=values["name"],
        framework=Framework(values["framework"]),
        status=ModelStatus(values["status"]),
        description=values["description"],
        tags=tuple(values["tags"]),
        metadata=dict(values["metadata"]),
        is_public=values["is_public"],
        latest_version=values["latest_version"],
        headline=values["headline"] and _headline(values["headline"]),
        aliases=aliases_of(values["aliases"]),
        deleted_revision=int(values["deleted_revision"]),
        revision=int(values["revision"]),
        created_at=datetime.fromisoformat(values["created_at"]),
        updated_at=datetime.fromisoformat(values["updated_at"]),
        default_ref=values.get("default_ref", LATEST),  # models of before have none
        capture=capture_of(values["capture"]) if values.get("capture") else None,  # the same
    )


def version_values(version: StoredVersion) -> Values:
    return {
        "model_id": version.model_id,
        "tenant_id": version.tenant_id,
        "version": version.version,
        "state": str(version.state),
        "failure": version.failure,
        "changelog": version.changelog,
        "metadata": json.dumps(dict(version.metadata)),
        "artifact": version.artifact and _artifact_values(version.artifact),
        "upload_id": version.upload_id,
        "stored_bytes": version.stored_bytes,
        "created_by": version.created_by,
        "revision": version.revision,
        "created_at": version.created_at.isoformat(),
        "updated_at": version.updated_at.isoformat(),
        "published_at": version.published_at and version.published_at.isoformat(),
        "deprecated_at": version.deprecated_at and version.deprecated_at.isoformat(),
        "parent": version.parent,
        "metrics": json.dumps(dict(version.metrics), ensure_ascii=False),
        "model_card": version.model_card,
        "forced": version.forced,
        "digest": version.digest,
        "file_count": version.file_count,
        "total_size": version.total_size,
    }


def version_of(values: Mapping[str, Any]) -> StoredVersion:
    return StoredVersion(
        model_id=values["model_id"],
        tenant_id=values["tenant_id"],
        version=values["version"],
        state=VersionState(values["state"]),
        failure=values["failure"],
        changelog=values["changelog"],
        metadata=json.loads(values["metadata"]),
        artifact=values["artifact"] and _artifact(values["artifact"]),
        upload_id=values["upload_id"],
        stored_bytes=stored_bytes_of(values),
        created_by=values["created_by"],
        revision=int(values["revision"]),
        created_at=datetime.fromisoformat(values["created_at"]),
        updated_at=datetime.fromisoformat(values["updated_at"]),
        published_at=values["published_at"] and datetime.fromisoformat(values["published_at"]),
        deprecated_at=values["deprecated_at"] and datetime.fromisoformat(values["deprecated_at"]),
        parent=values["parent"],
        metrics=json.loads(values["metrics"]),
        model_card=values["model_card"],
        forced=values["forced"],
        # Versions of before have none of these.
        digest=values.get("digest", ""),
        file_count=int(values.get("file_count", 1 if values["artifact"] else 0)),
        total_size=int(values.get("total_size", values["artifact"]["size"] if values["artifact"] else 0)),
    )


def stored_bytes_of(values: Mapping[str, Any]) -> int:
    """The bytes of a version's file. Versions of earlier releases have only the size of a checked file."""
    artifact = values.get("artifact") or {"size": 0}
    return int(values.get("stored_bytes", artifact["size"]))


def upload_values(upload: Upload) -> Values:
    return {
        "upload_id": upload.id,
        "model_id": upload.model_id,
        "tenant_id": upload.tenant_id,
        "version": upload.version,
        "filename": upload.filename,
        "size": upload.size,
        "sha256": upload.sha256,
        "part_size": upload.part_size,
        "storage_key": upload.storage_key,
        "storage_upload_id": upload.storage_upload_id,
        "checksums": upload.checksums,
        "replaces": upload.replaces,
        "replaced_by": upload.replaced_by,
        "manifest_digest": upload.manifest_digest,
        "file_count": upload.file_count,
        "set_size": upload.set_size,
        "state": str(upload.state),
        "created_by": upload.created_by,
        "created_at": upload.created_at.isoformat(),
        "expires_at": upload.expires_at.isoformat(),
    }


def upload_of(values: Mapping[str, Any]) -> Upload:
    return Upload(
        id=values["upload_id"],
        model_id=values["model_id"],
        tenant_id=values["tenant_id"],
        version=values["version"],
        filename=values["filename"],
        size=int(values["size"]),
        sha256=values["sha256"],
        part_size=int(values["part_size"]),
        storage_key=values["storage_key"],
        storage_upload_id=values["storage_upload_id"],
        checksums=values["checksums"],
        replaces=values.get("replaces", ""),
        replaced_by=values.get("replaced_by", ""),
        manifest_digest=values.get("manifest_digest", ""),
        file_count=int(values.get("file_count", 1)),
        set_size=int(values.get("set_size", 0)),
        state=UploadState(values["state"]),
        created_by=values["created_by"],
        created_at=datetime.fromisoformat(values["created_at"]),
        expires_at=datetime.fromisoformat(values["expires_at"]),
    )


def _headline_values(headline: Headline) -> Values:
    return {
        "version": headline.version,
        "size": headline.size,
        "checksum": headline.checksum,
        "storage_path": headline.storage_path,
    }


def _headline(values: Mapping[str, Any]) -> Headline:
    return Headline(
        version=values["version"],
        size=int(values["size"]),
        checksum=values["checksum"],
        storage_path=values["storage_path"],
    )


def _artifact_values(artifact: Artifact) -> Values:
    return {
        "storage_key": artifact.storage_key,
        "object_version": artifact.object_version,
        "size": artifact.size,
        "sha256": artifact.sha256,
        "inputs": [_tensor_values(tensor) for tensor in artifact.signature.inputs],
        "outputs": [_tensor_values(tensor) for tensor in artifact.signature.outputs],
        "warnings": list(artifact.warnings),
        "format": artifact.format,
        "details": json.dumps(dict(artifact.details), ensure_ascii=False),
    }


def _artifact(values: Mapping[str, Any]) -> Artifact:
    return Artifact(
        storage_key=values["storage_key"],
        object_version=values["object_version"],
        size=int(values["size"]),
        sha256=values["sha256"],
        signature=Signature(
            inputs=tuple(_tensor(tensor) for tensor in values["inputs"]),
            outputs=tuple(_tensor(tensor) for tensor in values["outputs"]),
        ),
        warnings=tuple(values.get("warnings", ())),  # artifacts of before have none of these
        format=values.get("format", ONNX),
        details=json.loads(values.get("details", "{}")),
    )


def _tensor_values(tensor: Tensor) -> Values:
    return {"name": tensor.name, "dtype": tensor.dtype, "shape": list(tensor.shape)}


def _tensor(values: Mapping[str, Any]) -> Tensor:
    return Tensor(values["name"], values["dtype"], tuple(int(size) for size in values["shape"]))
