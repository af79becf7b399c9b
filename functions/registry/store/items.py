"""Records as items of the registry table, and back: plain values that boto3's TypeSerializer takes.

Only models, and the items of their tags, carry the keys of the indexes, so only they are in those.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from functions.registry.ports import Record
from functions.registry.store.alias_items import aliases_item, aliases_of, move_values
from functions.registry.store.list_keys import listed_by, lists_of
from functions.registry.stored import StoredModel, StoredVersion
from maas.domain.catalog.aliases import AliasMove
from maas.domain.catalog.models import Framework, Headline, ModelStatus
from maas.domain.catalog.versions import Artifact, Signature, Tensor, VersionState, is_prerelease, sort_key
from maas.domain.uploads.sessions import Upload, UploadState
from maas.domain.value_rules import fold

Item = dict[str, Any]

VERSION_PREFIX = "VERSION#"
# Published releases and prereleases lie apart, so that the highest of either is the first of a query.
RELEASE_PREFIX, PRERELEASE_PREFIX = "RELEASE#", "PRERELEASE#"


def model_key(model_id: str) -> Item:
    return {"pk": f"MODEL#{model_id}", "sk": "MODEL"}


def version_key(model_id: str, number: str) -> Item:
    """Versions sort by precedence; those that differ in build metadata only share a key."""
    return {"pk": f"MODEL#{model_id}", "sk": f"{VERSION_PREFIX}{sort_key(number)}"}


def published_key(model_id: str, number: str) -> Item:
    """There while the version is published: what ranges choose from."""
    prefix = PRERELEASE_PREFIX if is_prerelease(number) else RELEASE_PREFIX
    return {"pk": f"MODEL#{model_id}", "sk": f"{prefix}{sort_key(number)}"}


def published_item(version: StoredVersion) -> Item:
    return {**published_key(version.model_id, version.version), "number": version.version}


def move_key(model_id: str, alias: str, at: datetime) -> Item:
    """An alias's moves sort by time, which all its keys write in the same width."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return {"pk": f"MODEL#{model_id}", "sk": f"{move_prefix(alias)}{moment}"}


def move_prefix(alias: str) -> str:
    return f"ALIAS#{alias}#"


def upload_key(upload_id: str) -> Item:
    return {"pk": f"UPLOAD#{upload_id}", "sk": "UPLOAD"}


def outbox_key(model_id: str) -> Item:
    """Not among the model's own items, so that it outlives them."""
    return {"pk": f"EVENTS#{model_id}", "sk": "EVENTS"}


def name_key(model: StoredModel) -> Item:
    """One item per name and tenant. The name leads: folded it may be longer than a sort key."""
    return {"pk": f"NAME#{fold(model.name)}", "sk": f"TENANT#{model.tenant_id}"}


def key_of(record: Record) -> Item:
    match record:
        case StoredModel():
            return model_key(record.id)
        case StoredVersion():
            return version_key(record.model_id, record.version)
        case Upload():
            return upload_key(record.id)
        case AliasMove():
            return move_key(record.model_id, record.alias, record.at)


def item_of(record: Record) -> Item:
    match record:
        case StoredModel():
            return model_item(record)
        case StoredVersion():
            return version_item(record)
        case Upload():
            return upload_item(record)
        case AliasMove():
            return {**key_of(record), **move_values(record)}


def model_item(model: StoredModel) -> Item:
    return {
        **model_key(model.id),
        **listed_by(lists_of(model), model),
        "owner_id": model.owner_id,
        "name": model.name,
        "framework": str(model.framework),
        "status": str(model.status),
        "description": model.description,
        "tags": list(model.tags),
        "metadata": dict(model.metadata),
        "is_public": model.is_public,
        "latest_version": model.latest_version,
        "headline": model.headline and _headline_item(model.headline),
        "aliases": aliases_item(model.aliases),
        "deleted_revision": model.deleted_revision,
        "revision": model.revision,
        "created_at": model.created_at.isoformat(),
        "updated_at": model.updated_at.isoformat(),
    }


def model_of(item: Mapping[str, Any]) -> StoredModel:
    return StoredModel(
        id=item["model_id"],
        tenant_id=item.get("tenant_id", ""),
        owner_id=item["owner_id"],
        name=item["name"],
        framework=Framework(item["framework"]),
        status=ModelStatus(item["status"]),
        description=item["description"],
        tags=tuple(item["tags"]),
        metadata=dict(item["metadata"]),
        is_public=item["is_public"],
        latest_version=item["latest_version"],
        headline=item["headline"] and _headline(item["headline"]),
        # Both came later than the first items.
        aliases=aliases_of(item.get("aliases", {})),
        deleted_revision=int(item.get("deleted_revision", 0)),
        revision=int(item["revision"]),
        created_at=datetime.fromisoformat(item["created_at"]),
        updated_at=datetime.fromisoformat(item["updated_at"]),
    )


def version_item(version: StoredVersion) -> Item:
    return {
        **version_key(version.model_id, version.version),
        "model": version.model_id,
        "tenant": version.tenant_id,
        "version": version.version,
        "state": str(version.state),
        "failure": version.failure,
        "changelog": version.changelog,
        "metadata": json.dumps(dict(version.metadata)),
        "artifact": version.artifact and _artifact_item(version.artifact),
        "upload_id": version.upload_id,
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
    }


def version_of(item: Mapping[str, Any]) -> StoredVersion:
    return StoredVersion(
        model_id=item["model"],
        tenant_id=item["tenant"],
        version=item["version"],
        state=VersionState(item["state"]),
        failure=item["failure"],
        changelog=item["changelog"],
        metadata=json.loads(item["metadata"]),
        artifact=item["artifact"] and _artifact(item["artifact"]),
        upload_id=item["upload_id"],
        created_by=item["created_by"],
        revision=int(item["revision"]),
        created_at=datetime.fromisoformat(item["created_at"]),
        updated_at=datetime.fromisoformat(item["updated_at"]),
        published_at=item["published_at"] and datetime.fromisoformat(item["published_at"]),
        # What follows came later than the first items.
        deprecated_at=datetime.fromisoformat(item["deprecated_at"]) if item.get("deprecated_at") else None,
        parent=item.get("parent", ""),
        metrics=json.loads(item.get("metrics", "{}")),
        model_card=item.get("model_card", ""),
        forced=item.get("forced", ""),
    )


def upload_item(upload: Upload) -> Item:
    return {
        **upload_key(upload.id),
        "upload_id": upload.id,
        "model": upload.model_id,
        "tenant": upload.tenant_id,
        "version": upload.version,
        "filename": upload.filename,
        "size": upload.size,
        "sha256": upload.sha256,
        "part_size": upload.part_size,
        "storage_key": upload.storage_key,
        "storage_upload_id": upload.storage_upload_id,
        "state": str(upload.state),
        "created_by": upload.created_by,
        "created_at": upload.created_at.isoformat(),
        "expires_at": upload.expires_at.isoformat(),
    }


def upload_of(item: Mapping[str, Any]) -> Upload:
    return Upload(
        id=item["upload_id"],
        model_id=item["model"],
        tenant_id=item["tenant"],
        version=item["version"],
        filename=item["filename"],
        size=int(item["size"]),
        sha256=item["sha256"],
        part_size=int(item["part_size"]),
        storage_key=item["storage_key"],
        storage_upload_id=item["storage_upload_id"],
        state=UploadState(item["state"]),
        created_by=item["created_by"],
        created_at=datetime.fromisoformat(item["created_at"]),
        expires_at=datetime.fromisoformat(item["expires_at"]),
    )


def _headline_item(shown: Headline) -> Item:
    return {
        "version": shown.version,
        "size": shown.size,
        "checksum": shown.checksum,
        "storage_path": shown.storage_path,
    }


def _headline(item: Mapping[str, Any]) -> Headline:
    return Headline(
        version=item["version"],
        size=int(item["size"]),
        checksum=item["checksum"],
        storage_path=item["storage_path"],
    )


def _artifact_item(file: Artifact) -> Item:
    return {
        "storage_key": file.storage_key,
        "object_version": file.object_version,
        "size": file.size,
        "sha256": file.sha256,
        "inputs": [_tensor_item(tensor) for tensor in file.signature.inputs],
        "outputs": [_tensor_item(tensor) for tensor in file.signature.outputs],
    }


def _artifact(item: Mapping[str, Any]) -> Artifact:
    return Artifact(
        storage_key=item["storage_key"],
        object_version=item["object_version"],
        size=int(item["size"]),
        sha256=item["sha256"],
        signature=Signature(
            inputs=tuple(_tensor(tensor) for tensor in item["inputs"]),
            outputs=tuple(_tensor(tensor) for tensor in item["outputs"]),
        ),
    )


def _tensor_item(tensor: Tensor) -> Item:
    return {"name": tensor.name, "dtype": tensor.dtype, "shape": list(tensor.shape)}


def _tensor(item: Mapping[str, Any]) -> Tensor:
    return Tensor(item["name"], item["dtype"], tuple(int(size) for size in item["shape"]))
