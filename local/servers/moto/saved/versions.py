"""Versions of objects, delete markers and multipart uploads, as values of documents and back."""

import contextlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from moto.s3.models import FakeDeleteMarker, FakeKey, FakeMultipart, S3Backend, get_canned_acl
from requests.structures import CaseInsensitiveDict

from local.servers.moto.saved.bodies import Bodies, Gone

Value = dict[str, Any]

_FIELDS = (
    "_version_id",
    "_is_versioned",
    "last_modified",
    "website_redirect_location",
    "encryption",
    "kms_key_id",
    "bucket_key_enabled",
    "checksum_algorithm",
    "checksum_value",
    "checksum_type",
    "checksum_parts",
)


class Versions:
    """Reads and makes the objects of one backend."""

    def __init__(self, backend: S3Backend, bodies: Bodies) -> None:
        self._backend = backend
        self._bodies = bodies

    def values(self, versions: list[FakeKey | FakeDeleteMarker]) -> Iterator[Value]:
        """The values of versions and delete markers, without those that another call is removing."""
        for version in versions:
            with contextlib.suppress(Gone):
                yield self._value(version)

    def _value(self, version: FakeKey | FakeDeleteMarker) -> Value:
        if isinstance(version, FakeDeleteMarker):
            return {"marker": version.version_id, "last_modified": version.last_modified}
        return (
            self._part_value(version)
            | {field.lstrip("_"): getattr(version, field) for field in _FIELDS}
            | {
                "metadata": dict(version.metadata),
                "storage_class": version.storage_class,
                "tags": self._backend.tagger.get_tag_dict_for_resource(version.arn),
            }
        )

    def version(self, bucket: str, name: str, value: Value) -> FakeKey | FakeDeleteMarker:
        """The version or delete marker of a value."""
        if "marker" in value:
            marker = FakeDeleteMarker(SimpleNamespace(name=name))  # type: ignore[arg-type]
            marker._version_id, marker.last_modified = value["marker"], value["last_modified"]
            return marker
        key = self._part(name, value)
        key.bucket_name = bucket
        for field in _FIELDS:
            setattr(key, field, value[field.lstrip("_")])
        key.set_storage_class(value["storage_class"])
        key.metadata.update(value["metadata"])
        if value["tags"]:
            self._backend.tagger.tag_resource(key.arn, [{"Key": k, "Value": v} for k, v in value["tags"].items()])
        return key

    def upload_value(self, upload: FakeMultipart) -> Value:
        """The value of a multipart upload."""
        return {
            "key": upload.key_name,
            "metadata": dict(upload.metadata),
            "storage_class": upload.storage,
            "tags": upload.tags,
            "encryption": upload.sse_encryption,
            "kms_key_id": upload.kms_key_id,
            "parts": dict(self._part_values(upload)),
        }

    def upload(self, upload_id: str, value: Value) -> FakeMultipart:
        """The multipart upload of a value."""
        account, region = self._backend.account_id, self._backend.region_name
        metadata = CaseInsensitiveDict(value["metadata"])
        upload = FakeMultipart(value["key"], metadata, account, region, value["storage_class"], value["tags"])
        upload.id, upload.acl = upload_id, get_canned_acl("private")
        upload.sse_encryption, upload.kms_key_id = value["encryption"], value["kms_key_id"]
        upload.parts = {int(number): self._part(int(number), part) for number, part in value["parts"].items()}
        upload.partlist = sorted(upload.parts)
        return upload

    def _part_values(self, upload: FakeMultipart) -> Iterator[tuple[str, Value]]:
        for number, part in [*upload.parts.items()]:
            with contextlib.suppress(Gone):
                yield str(number), self._part_value(part)

    def _part_value(self, key: FakeKey) -> Value:
        content = self._bodies.name(key)
        return {"content": content, "size": key.size, "etag": key.etag.strip('"'), "last_modified": key.last_modified}

    def _part(self, name: str | int, value: Value) -> FakeKey:
        key = FakeKey(name, b"", self._backend.account_id, self._backend.region_name)  # type: ignore[arg-type]
        self._bodies.attach(key, value["content"], value["size"])
        key._etag, key.last_modified = value["etag"], value["last_modified"]
        return key
