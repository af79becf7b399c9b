"""Contents of organizations in memory, with the same guarantees as those in the registry's table."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from maas.domain.uploads.contents import Content, FileEntry
from maas.domain.uploads.sessions import Upload, UploadState


@dataclass
class Held:
    """A content, and how it is used."""

    content: Content
    uses: int = 0
    condemned: bool = False


class MemoryContents:
    """`held` has contents by tenant and digest, and `notes` entries by key."""

    def __init__(self, upload: Callable[[str], Awaitable[Upload | None]]) -> None:
        self._upload = upload
        self.held: dict[tuple[str, str], Held] = {}
        self.notes: dict[str, FileEntry] = {}

    async def contents(self, tenant_id: str, digests: Sequence[str]) -> list[Content]:
        found = (self.held.get((tenant_id, digest)) for digest in dict.fromkeys(digests))
        return [held.content for held in found if held and not held.condemned]

    async def may_have_size(self, tenant_id: str, size: int) -> bool:
        return any(tenant == tenant_id and held.content.size == size for (tenant, _), held in self.held.items())

    async def add(self, contents: Sequence[Content]) -> None:
        for content in contents:
            key = content.storage_key
            entry = FileEntry(tenant_id=content.tenant_id, key=key, sha256=content.sha256, storage_key=key)
            place = (content.tenant_id, content.sha256)
            if place not in self.held and key not in self.notes:
                self.held[place], self.notes[key] = Held(content), entry

    async def reuse(self, upload_id: str, entry: FileEntry) -> bool:
        if entry.key in self.notes:
            return self.notes[entry.key] == entry
        upload, held = await self._upload(upload_id), self._of(entry)
        if held is None or held.condemned or upload is None or upload.state is not UploadState.OPEN:
            return False
        held.uses += 1
        self.notes[entry.key] = entry
        return True

    async def entries(self, prefix: str, *, limit: int, after: str = "") -> list[FileEntry]:
        keys = sorted(key for key in self.notes if key.startswith(prefix) and key > after)
        return [self.notes[key] for key in keys[:limit]]

    async def drop(self, entry: FileEntry) -> None:
        if self.notes.pop(entry.key, None) and (held := self._of(entry)):
            held.uses -= 1

    async def condemn(self, key: str) -> bool:
        entry = self.notes.get(key)
        held = self._of(entry) if entry and not entry.is_reuse else None
        if held and held.uses > 0:
            return False
        if held:
            held.condemned = True
        return True

    async def forget(self, key: str) -> None:
        entry = self.notes.get(key)
        if entry and not entry.is_reuse:
            if self._of(entry):
                del self.held[entry.tenant_id, entry.sha256]
            del self.notes[key]

    def _of(self, entry: FileEntry) -> Held | None:
        """The content of the entry, if it still has the entry's file."""
        held = self.held.get((entry.tenant_id, entry.sha256))
        return held if held and held.content.storage_key == entry.storage_key else None
