"""One part to the object store, whatever file it belongs to."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx2
from anyio import to_thread

from maas_client.bodies import answer_to
from maas_client.errors import CorruptUpload
from maas_client.http.options import is_guarded
from maas_client.http.store import ERROR_MAX, TIMEOUT, attempts, check
from maas_client.transfer.part_urls import Part, SignedParts

# Bytes of parts in memory at most, whatever their size.
MEMORY_MAX = 128 * 1024 * 1024
_MD5_LENGTH = 32
_BLOCK = 1024 * 1024


@dataclass(frozen=True)
class Body:
    """The bytes of a part."""

    data: bytes

    async def md5(self) -> str:
        """Computes the MD5 in a thread, so that several parts share the processor's cores."""
        return await to_thread.run_sync(_md5, self.data)

    async def blocks(self) -> AsyncIterator[bytes]:
        """Yields the bytes in pieces that a socket takes at once: asyncio copies what it does not."""
        for begin in range(0, len(self.data), _BLOCK):
            yield self.data[begin : begin + _BLOCK]


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
            headers = {**url.headers, "content-length": str(len(body.data))}
            put = self._http.build_request("PUT", url.url, content=body.blocks(), headers=headers, timeout=TIMEOUT)
            response = await answer_to(self._http, put, ERROR_MAX)
            check(response, 200)
            if not is_guarded(url.url) and not await _arrived(body, response):
                raise CorruptUpload(f"part {_shown(part)} arrived in the store with other bytes than were sent")

        async def renew() -> None:
            self._urls.done(part)

        await attempts(once, renew, again=(CorruptUpload,))
        self._urls.done(part)


async def _arrived(body: Body, response: httpx2.Response) -> bool:
    """Returns whether the store's tag is the MD5 of what was sent."""
    etag = response.headers.get("etag", "").strip('"')
    # With a key of its own a store answers other tags; then the server's check of the whole file has to do.
    return len(etag) != _MD5_LENGTH or etag == await body.md5()


def _shown(part: Part) -> str:
    return str(part) if isinstance(part, int) else f"{part[1]} of {part[0]}"


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
