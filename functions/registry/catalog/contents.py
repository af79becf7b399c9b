"""Contents by digest: who may use them, and what of them is not used any more."""

from collections.abc import Sequence

from functions.registry.catalog.access import Access
from functions.registry.catalog.new_uploads import KEY_MAX
from functions.registry.catalog.upload_files import may_reuse
from functions.registry.catalog.uploads import UploadService
from functions.registry.ports import Repository
from maas.domain import value_rules
from maas.domain.errors import InvalidInput, PermissionDenied, Rule, WrongState
from maas.domain.identity.principals import REMOVER, Principal, Scope, collector
from maas.domain.uploads.contents import Content, FileEntry
from maas.domain.uploads.possession import PROOFS_MAX
from maas.domain.uploads.sessions import Upload, UploadFile, UploadState

DIGESTS_MAX, KEYS_MAX = 1000, 100


class ContentService:
    """Implements maas.services.ports.contents.ContentRegistry, except for the repairs."""

    def __init__(self, repository: Repository, access: Access, uploads: UploadService) -> None:
        self._repository = repository
        self._access = access
        self._uploads = uploads

    async def find_contents(self, by: Principal, model_id: str, digests: Sequence[str]) -> list[Content]:
        """The contents of the model's organization that the caller's uploads may use."""
        by.require(Scope.UPLOADS_WRITE)
        wanted = _digests(digests)
        model = await self._access.changeable(by, model_id, Scope.UPLOADS_WRITE)
        if not may_reuse(by, model.tenant_id):
            return []
        return await self._repository.contents.contents(model.tenant_id, wanted)

    async def reuse_contents(self, by: Principal, upload_id: str, paths: Sequence[str]) -> Upload:
        """Lets an open upload use contents for its files at these paths; idempotent."""
        by.require(Scope.UPLOADS_WRITE)
        if not 1 <= len(paths) <= PROOFS_MAX:
            rule = Rule.MAX_ITEMS if paths else Rule.MIN_ITEMS
            raise InvalidInput.of("paths", rule, f"must have 1 to {PROOFS_MAX} items")
        upload = await self._uploads.get_upload(by, upload_id)
        if upload.state is not UploadState.OPEN:
            raise WrongState.of("state", f"{upload.fate}; it takes no more files")
        if not may_reuse(by, upload.tenant_id):
            return upload
        files = _files_at(upload, paths)
        found = await self._repository.contents.contents(upload.tenant_id, [file.sha256 for file in files])
        contents = {content.sha256: content for content in found}
        for file in files:
            content = contents.get(file.sha256)
            if content and content.size == file.size:
                await self._repository.contents.reuse(upload.id, _reuse(file, content))
        return await self._uploads.get_upload(by, upload_id)

    async def known_files(self, by: Principal, prefix: str, *, limit: int, after: str = "") -> list[FileEntry]:
        """Files of known content, by key."""
        _require_remover(by)
        place, size = _key(by, "prefix", prefix), value_rules.limit(limit)
        if after and not _key(by, "after", after).startswith(place):
            raise InvalidInput.of("after", Rule.INVALID, "must begin with the prefix")
        return await self._repository.contents.entries(place, limit=size, after=after)

    async def condemn_files(self, by: Principal, keys: Sequence[str]) -> list[str]:
        """Condemns the contents under these keys. Returns the keys of those that are used."""
        _require_remover(by)
        return [key for key in _keys(by, keys) if not await self._repository.contents.condemn(key)]

    async def forget_files(self, by: Principal, keys: Sequence[str]) -> None:
        """Removes the entries under these keys, and with them contents whose files are gone, or uses of contents."""
        _require_remover(by)
        for key in _keys(by, keys):
            found = await self._repository.contents.entries(key, limit=1)
            if found and found[0].key == key and found[0].is_reuse:
                await self._repository.contents.drop(found[0])
            await self._repository.contents.forget(key)


def _files_at(upload: Upload, paths: Sequence[str]) -> list[UploadFile]:
    """The files at these paths that have something to send. Raises InvalidInput."""
    files = {file.path: file for file in upload.each_file}
    for number, path in enumerate(paths):
        if path not in files:
            raise InvalidInput.of(f"paths[{number}]", Rule.EXISTS, "is not the path of a file of this upload")
    found = [files[path] for path in dict.fromkeys(paths)]
    return [file for file in found if file.sha256 and file.size]


def _reuse(file: UploadFile, content: Content) -> FileEntry:
    return FileEntry(
        tenant_id=content.tenant_id, key=file.storage_key, sha256=content.sha256, storage_key=content.storage_key
    )


def _require_remover(by: Principal) -> None:
    if by.tenant_id and by.subject != REMOVER:
        raise PermissionDenied("only the remover of files may do this")


def _digests(given: Sequence[str]) -> list[str]:
    if not 1 <= len(given) <= DIGESTS_MAX:
        rule = Rule.MAX_ITEMS if given else Rule.MIN_ITEMS
        raise InvalidInput.of("sha256", rule, f"must have 1 to {DIGESTS_MAX} items")
    return [value_rules.sha256(digest, f"sha256[{number}]") for number, digest in enumerate(given)]


def _keys(by: Principal, given: Sequence[str]) -> list[str]:
    if not 1 <= len(given) <= KEYS_MAX:
        raise InvalidInput.of("keys", Rule.MAX_ITEMS if given else Rule.MIN_ITEMS, f"must have 1 to {KEYS_MAX} items")
    return [_key(by, f"keys[{number}]", key) for number, key in enumerate(given)]


def _key(by: Principal, field: str, value: str) -> str:
    """A key, or the beginning of one, in the organization of the caller, which may be all of them."""
    key = value_rules.text(field, value, minimum=1, maximum=KEY_MAX)
    if len(key.encode()) > KEY_MAX:
        raise InvalidInput.of(field, Rule.MAX_BYTES, f"must be at most {KEY_MAX} bytes")
    if by.tenant_id not in ("", collector().tenant_id) and not key.startswith(f"models/{by.tenant_id}/"):
        raise InvalidInput.of(field, Rule.INVALID, "must be the key of a file of the caller's organization")
    return key
