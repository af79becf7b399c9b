"""Upload sessions between the domain and maas.registry.v1."""

from maas.domain.uploads.sessions import Upload, UploadStart, UploadState
from maas.rpc.registry.v1 import registry_pb2 as pb
from maas.wire.fields import from_timestamp, to_timestamp
from maas.wire.files import from_file, to_file


def to_start(start: UploadStart) -> pb.StartUploadRequest:
    return pb.StartUploadRequest(
        upload_id=start.upload_id,
        model_id=start.model_id,
        version=start.version,
        filename=start.filename,
        size=start.size,
        sha256=start.sha256,
        part_size=start.part_size,
        storage_key=start.storage_key,
        storage_upload_id=start.storage_upload_id,
        checksums=start.checksums,
        replace=start.replace,
        unless_known=start.unless_known,
        files=[to_file(file) for file in start.files],
    )


def from_start(message: pb.StartUploadRequest) -> UploadStart:
    return UploadStart(
        upload_id=message.upload_id,
        model_id=message.model_id,
        version=message.version,
        filename=message.filename,
        size=message.size,
        sha256=message.sha256,
        part_size=message.part_size,
        storage_key=message.storage_key,
        storage_upload_id=message.storage_upload_id,
        checksums=message.checksums,
        replace=message.replace,
        unless_known=message.unless_known,
        files=tuple(from_file(file) for file in message.files),
    )


def to_upload(upload: Upload) -> pb.Upload:
    return pb.Upload(
        id=upload.id,
        model_id=upload.model_id,
        tenant_id=upload.tenant_id,
        version=upload.version,
        filename=upload.filename,
        size=upload.size,
        sha256=upload.sha256,
        part_size=upload.part_size,
        storage_key=upload.storage_key,
        storage_upload_id=upload.storage_upload_id,
        checksums=upload.checksums,
        replaces=upload.replaces,
        replaced_by=upload.replaced_by,
        content_key=upload.content_key,
        manifest_digest=upload.manifest_digest,
        file_count=upload.file_count,
        set_size=upload.set_size,
        files=[to_file(file) for file in upload.files],
        state=pb.UploadState.Value(f"UPLOAD_STATE_{upload.state.name}"),
        created_by=upload.created_by,
        created_at=to_timestamp(upload.created_at),
        expires_at=to_timestamp(upload.expires_at),
    )


def from_upload(message: pb.Upload) -> Upload:
    return Upload(
        id=message.id,
        model_id=message.model_id,
        tenant_id=message.tenant_id,
        version=message.version,
        filename=message.filename,
        size=message.size,
        sha256=message.sha256,
        part_size=message.part_size,
        storage_key=message.storage_key,
        storage_upload_id=message.storage_upload_id,
        checksums=message.checksums,
        replaces=message.replaces,
        replaced_by=message.replaced_by,
        content_key=message.content_key,
        manifest_digest=message.manifest_digest,
        file_count=message.file_count,
        set_size=message.set_size,
        files=tuple(from_file(file) for file in message.files),
        state=UploadState[pb.UploadState.Name(message.state).removeprefix("UPLOAD_STATE_")],
        created_by=message.created_by,
        created_at=from_timestamp(message.created_at),
        expires_at=from_timestamp(message.expires_at),
    )
