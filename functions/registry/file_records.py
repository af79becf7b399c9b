"""The list of an upload's files as plain values, and back.

A list is one item, which may have 400 KB. So it is packed: 1,000 files with paths of 128 KiB take less than 300 KB. It
is a text, because dynoxide does not give every binary value back.
"""

import base64
import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from maas.domain.uploads.sessions import UploadFile

Values = dict[str, Any]

_NAMES = ("path", "size", "sha256", "main", "part_size", "storage_key", "object_version", "format", "content_key")


def files_values(files: Sequence[UploadFile]) -> Values:
    """`begun` has the parts' uploads that begin later, by path."""
    listed = [{name: getattr(file, name) for name in _NAMES} | {"details": dict(file.details)} for file in files]
    packed = base64.b85encode(gzip.compress(json.dumps(listed, ensure_ascii=False).encode(), mtime=0)).decode()
    begun = {file.path: begun_values(file) for file in files if file.storage_upload_id}
    return {"packed": packed, "begun": begun}


def begun_values(file: UploadFile) -> Values:
    return {"id": file.storage_upload_id, "checksums": file.checksums}


def files_of(values: Mapping[str, Any]) -> tuple[UploadFile, ...]:
    listed = json.loads(gzip.decompress(base64.b85decode(values["packed"])))
    return tuple(_with_begun(UploadFile(**file), values["begun"].get(file["path"])) for file in listed)


def _with_begun(file: UploadFile, begun: Mapping[str, Any] | None) -> UploadFile:
    return replace(file, storage_upload_id=begun["id"], checksums=begun["checksums"]) if begun else file
