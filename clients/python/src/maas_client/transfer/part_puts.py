"""One part to the object store, whatever file it belongs to."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from anyio import to_thread

from maas_client.bodies import answer_to
from maas_client.errors import CorruptUpload, TransferError
from maas_client.http.options import is_guarded
from maas_client.http.store import ERROR_MAX, TIMEOUT, attempts, check
from maas_client.local_files import read_at
from maas_client.transfer.part_urls import Part, SignedParts

_MD5_LENGTH = 32
_BLOCK = 1024 * 1024


@dataclass(frozen=True)
class Body:
    """The bytes of a part, which are read from its file block by block whenever it is sent."""

    path: Path
    offset: int
    length: int

    async def md5(self) -> str:
        found = _md5()
        async for _ in self.blocks(found):
            pass
        return str(found.hexdigest())

    async def blocks(self, digest: Any = None) -> AsyncIterator[bytes]:
        """Yields the bytes, and adds them to a digest if there is one. Raises ChangedFile, UnreadableFile.

        A block is what a socket takes at once: asyncio copies the rest. A thread reads it, because a disk may be slow.
        """
        for begin in range(self.offset, self.offset + self.length, _BLOCK):
            count = min(_BLOCK, self.offset + self.length - begin)
            yield await to_thread.run_sync(_block, self.path, begin, count, digest)


def _block(path: Path, begin: int, count: int, digest: Any) -> bytes:
    data = read_at(path, begin, count)
    if digest is not None:
        digest.update(data)
    return data


class PartPuts:
    """Puts parts to their signed URLs, and again if a transfer breaks off or arrives changed.

    MD5 costs more time than sending does. So a part's tag is compared only where nothing else notices a change on the
    way; the server checks the SHA-256 of the whole file all the same.
    """

    def __init__(self, http: httpx2.AsyncClient, urls: SignedParts) -> None:
        self._http, self._urls = http, urls

    async def put(self, part: Part, body: Body) -> None:
        """Raises TransferError, CorruptUpload, ApiError."""

        async def once() -> None:
            url = await self._urls.get(part)
            headers = {**url.headers, "content-length": str(body.length)}
            md5 = None if is_guarded(url.url) else _md5()
            put = self._request(url.url, headers, body.blocks(md5))
            response = await answer_to(self._http, put, ERROR_MAX)
            check(response, 200)
            if md5 and not _arrived(md5.hexdigest(), response):
                raise CorruptUpload(f"part {_shown(part)} arrived in the store with other bytes than were sent")

        async def renew() -> None:
            self._urls.done(part)

        await attempts(once, renew, again=(CorruptUpload,))
        self._urls.done(part)

    def _request(self, url: str, headers: Mapping[str, str], content: AsyncIterator[bytes]) -> httpx2.Request:
        try:
            return self._http.build_request("PUT", url, content=content, headers=headers, timeout=TIMEOUT)
        except UnicodeError:
            raise TransferError("the server gave headers for the object store that are none") from None


def _arrived(md5: str, response: httpx2.Response) -> bool:
    """Returns whether the store's tag is the MD5 of what was sent."""
    etag = response.headers.get("etag", "").strip('"')
    # With a key of its own a store answers other tags; then the server's check of the whole file has to do.
    return len(etag) != _MD5_LENGTH or etag == md5


def _shown(part: Part) -> str:
    return str(part) if isinstance(part, int) else f"{part[1]} of {part[0]}"


def _md5() -> Any:
    return hashlib.md5(usedforsecurity=False)
