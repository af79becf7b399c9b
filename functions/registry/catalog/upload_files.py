"""The files of uploads: their lists, and the contents that they use or become."""

from dataclasses import replace

from functions.registry.ports import Repository
from maas.domain.errors import InvalidInput, Rule
from maas.domain.identity.principals import Principal, Scope
from maas.domain.uploads.contents import Content
from maas.domain.uploads.files import FILES_MAX
from maas.domain.uploads.sessions import Upload


async def with_list(repository: Repository, upload: Upload) -> Upload:
    """The upload with the list of its files, if it is of a set."""
    return replace(upload, files=await repository.upload_files(upload.id)) if upload.is_set else upload


async def with_files(repository: Repository, upload: Upload) -> Upload:
    """The upload with its list, and with the keys of the files that it uses instead of its own.

    These keys are no part of its record.
    """
    found = await with_list(repository, upload)
    if not found.sha256:
        return found
    prefix, limit = (found.prefix, FILES_MAX) if found.is_set else (found.storage_key, 1)
    entries = await repository.contents.entries(prefix, limit=limit)
    used = {entry.key: entry.storage_key for entry in entries if entry.is_reuse}
    files = tuple(replace(file, content_key=used.get(file.storage_key, "")) for file in found.files)
    return replace(found, content_key=used.get(found.storage_key, ""), files=files) if used else found


def contents_of(upload: Upload) -> list[Content]:
    """The files that were sent, which other uploads may use as soon as they are known; one for each digest.

    Files without a byte are none: there is nothing to prove, nor to save.
    """
    sent = {file.sha256: file for file in upload.each_file if file.size and not file.content_key}
    return [
        Content(tenant_id=upload.tenant_id, sha256=sha256, size=file.size, storage_key=file.storage_key)
        for sha256, file in sent.items()
    ]


def may_reuse(by: Principal, tenant_id: str) -> bool:
    """Returns whether the caller may upload to all models of its organization, and this is its organization.

    Whoever has rights on single models must not learn of the contents of others.
    """
    return by.tenant_id == tenant_id and Scope.UPLOADS_WRITE in by.tenant_scopes


async def require_unknown(repository: Repository, by: Principal, upload: Upload) -> None:
    """Raises InvalidInput if only the digest of the upload's file tells whether the organization has it."""
    if upload.sha256 or not may_reuse(by, upload.tenant_id):
        return
    if await repository.contents.may_have_size(upload.tenant_id, upload.size):
        message = "is needed, since the organization has a file of this size: hash the file, and start again"
        raise InvalidInput.of("sha256", Rule.REQUIRED, message)
