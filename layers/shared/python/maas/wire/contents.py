"""Contents and known files between the domain and maas.registry.v1."""

from maas.domain.uploads.contents import Content, FileEntry, Repairs
from maas.rpc.registry.v1 import registry_pb2 as pb


def to_content(content: Content) -> pb.Content:
    return pb.Content(sha256=content.sha256, size=content.size, storage_key=content.storage_key)


def from_content(message: pb.Content, tenant_id: str) -> Content:
    return Content(tenant_id=tenant_id, sha256=message.sha256, size=message.size, storage_key=message.storage_key)


def to_known_file(entry: FileEntry) -> pb.KnownFile:
    return pb.KnownFile(key=entry.key, sha256=entry.sha256, storage_key=entry.storage_key)


def from_known_file(message: pb.KnownFile) -> FileEntry:
    tenant_id = message.key.split("/")[1]
    return FileEntry(tenant_id=tenant_id, key=message.key, sha256=message.sha256, storage_key=message.storage_key)


def to_repairs(repairs: Repairs) -> pb.RepairUploadsResponse:
    return pb.RepairUploadsResponse(
        after=repairs.after, checked=repairs.checked, expired=repairs.expired, repaired=repairs.repaired
    )


def from_repairs(message: pb.RepairUploadsResponse) -> Repairs:
    return Repairs(message.after, message.checked, message.expired, message.repaired)
