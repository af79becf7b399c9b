"""New versions and changes of versions between the domain and maas.registry.v1."""

from maas.domain.catalog.version_changes import NewVersion, VersionChange
from maas.rpc.registry.v1 import registry_pb2 as pb
from maas.wire.fields import expected_of
from maas.wire.versions import from_json, to_json


def to_create_version(model_id: str, new: NewVersion, expected_revision: int | None = None) -> pb.CreateVersionRequest:
    return pb.CreateVersionRequest(
        model_id=model_id,
        version=new.version,
        bump=new.bump,
        parent=new.parent,
        changelog=new.changelog,
        metadata_json=to_json(new.metadata),
        metrics=new.metrics,
        model_card=new.model_card,
        expected_revision=expected_revision,
    )


def from_create_version(message: pb.CreateVersionRequest) -> NewVersion:
    """Raises InvalidInput (metadata)."""
    return NewVersion(
        version=message.version,
        bump=message.bump,
        parent=message.parent,
        changelog=message.changelog,
        metadata=from_json(message.metadata_json),
        metrics=dict(message.metrics),
        model_card=message.model_card,
    )


def to_update_version(model_id: str, version: str, change: VersionChange) -> pb.UpdateVersionRequest:
    return pb.UpdateVersionRequest(
        model_id=model_id,
        version=version,
        expected_revision=change.expected_revision,
        changelog=change.changelog,
        metadata_json=None if change.metadata is None else to_json(change.metadata),
        metrics=None if change.metrics is None else pb.Metrics(entries=change.metrics),
        model_card=change.model_card,
    )


def from_update_version(message: pb.UpdateVersionRequest) -> VersionChange:
    """Raises InvalidInput (metadata)."""
    return VersionChange(
        expected_revision=expected_of(message),
        changelog=message.changelog if message.HasField("changelog") else None,
        metadata=from_json(message.metadata_json) if message.HasField("metadata_json") else None,
        metrics=dict(message.metrics.entries) if message.HasField("metrics") else None,
        model_card=message.model_card if message.HasField("model_card") else None,
    )
