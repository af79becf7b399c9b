"""Files of uploads and versions between the domain and maas.registry.v1."""

from maas.domain.uploads.sessions import UploadFile
from maas.domain.uploads.version_files import Finding, VersionFiles
from maas.rpc.registry.v1 import registry_pb2 as pb
from maas.wire.versions import from_json, from_version, to_json


def to_file(file: UploadFile) -> pb.UploadFile:
    return pb.UploadFile(
        path=file.path,
        size=file.size,
        sha256=file.sha256,
        main=file.main,
        part_size=file.part_size,
        storage_key=file.storage_key,
        storage_upload_id=file.storage_upload_id,
        checksums=file.checksums,
        object_version=file.object_version,
        format=file.format,
        details_json=to_json(file.details) if file.details else "",
        content_key=file.content_key,
    )


def from_file(message: pb.UploadFile) -> UploadFile:
    return UploadFile(
        path=message.path,
        size=message.size,
        sha256=message.sha256,
        main=message.main,
        part_size=message.part_size,
        storage_key=message.storage_key,
        storage_upload_id=message.storage_upload_id,
        checksums=message.checksums,
        object_version=message.object_version,
        format=message.format,
        details=from_json(message.details_json, "details"),
        content_key=message.content_key,
    )


def from_files(message: pb.ListFilesResponse) -> VersionFiles:
    files = tuple(from_file(file) for file in message.files)
    return VersionFiles(from_version(message.version), message.digest, files)


def to_finding(found: Finding) -> pb.FileFinding:
    return pb.FileFinding(
        path=found.path,
        format=found.format,
        details_json=to_json(found.details) if found.details else "",
        object_version=found.object_version,
    )


def from_finding(message: pb.FileFinding) -> Finding:
    """Raises InvalidInput (details)."""
    details = from_json(message.details_json, "details")
    return Finding(message.path, message.format, details, message.object_version)
