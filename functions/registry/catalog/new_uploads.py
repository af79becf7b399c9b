"""New uploads, as their start describes them."""

from datetime import timedelta
from typing import Any

from functions.registry.catalog.file_lists import check_list
from maas.domain import value_rules
from maas.domain.catalog.versions import parse
from maas.domain.clock import now
from maas.domain.errors import InvalidInput, NotFound, Rule
from maas.domain.identity.principals import Principal
from maas.domain.ids import known_id
from maas.domain.uploads.manifest import manifest_digest
from maas.domain.uploads.paths import checked_filename
from maas.domain.uploads.sessions import PART_MAX, PARTS_MAX, Upload, UploadStart, UploadState, plan

# The bucket's lifecycle rule aborts unfinished multipart uploads after the same time.
LIFETIME = timedelta(days=7)
KEY_MAX = 1024


def new_upload(by: Principal, start: UploadStart) -> Upload:
    """The open upload that a start asks for. Raises InvalidInput."""
    return _set(by, start) if start.files else _single(by, start)


def _single(by: Principal, start: UploadStart) -> Upload:
    """The new upload of one file."""
    plan(start.size, start.part_size, PART_MAX * PARTS_MAX)
    return _new(
        by,
        start,
        filename=checked_filename(start.filename),
        size=start.size,
        sha256=start.sha256 and value_rules.sha256(start.sha256),
        part_size=start.part_size,
        storage_key=value_rules.text("storage_key", start.storage_key, minimum=1, maximum=KEY_MAX),
        storage_upload_id=value_rules.text("storage_upload_id", start.storage_upload_id, minimum=1, maximum=KEY_MAX),
        checksums=start.checksums,
    )


def _set(by: Principal, start: UploadStart) -> Upload:
    """The new upload of files with paths."""
    check_list(start.files)
    main = next(file for file in start.files if file.main)
    return _new(
        by,
        start,
        filename=main.path.rpartition("/")[2],
        size=main.size,
        sha256=main.sha256,
        part_size=main.part_size,
        storage_key=main.storage_key,
        storage_upload_id="",
        manifest_digest=manifest_digest(start.files),
        file_count=len(start.files),
        set_size=sum(file.size for file in start.files),
        files=start.files,
    )


def _new(by: Principal, start: UploadStart, **fields: Any) -> Upload:
    at = now()
    return Upload(
        id=_new_upload_id(start.upload_id),
        model_id=start.model_id,
        tenant_id=by.tenant_id,
        version=parse(start.version),
        state=UploadState.OPEN,
        created_by=by.subject,
        created_at=at,
        expires_at=at + LIFETIME,
        **fields,
    )


def _new_upload_id(value: str) -> str:
    try:
        return known_id("upload_id", "upload", value)
    except NotFound:
        raise InvalidInput.of("upload_id", Rule.UUID, "must be a UUID") from None
