"""The parts of one file to the object store: read once in order, sent in parallel."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import partial

import anyio
import httpx2
from anyio import to_thread
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from maas_client.answers import ReceivedPart
from maas_client.errors import CorruptUpload
from maas_client.local_files import SourceFile
from maas_client.progress import Meter
from maas_client.transfer.jobs import all_or_first_failure
from maas_client.transfer.part_urls import SignedParts
from maas_client.transfer.store import TIMEOUT, attempts, check

# Bytes of parts in memory at most, whatever their size.
MEMORY_MAX = 128 * 1024 * 1024
_MD5_LENGTH = 32
_BLOCK = 1024 * 1024


@dataclass(frozen=True)
class _Part:
    number: int
    data: bytes

    async def md5(self) -> str:
        """Computes the MD5 in a thread, so that several parts share the processor's cores."""
        return await to_thread.run_sync(_md5, self.data)

    async def blocks(self) -> AsyncIterator[bytes]:
        """Yields the bytes in pieces that a socket takes at once: asyncio copies what it does not."""
        for begin in range(0, len(self.data), _BLOCK):
            yield self.data[begin : begin + _BLOCK]


class PartSender:
    """Sends the parts that the store does not have. At most `parallel` are under way, and one more is read ahead."""

    def __init__(self, http: httpx2.AsyncClient, urls: SignedParts, meter: Meter, parallel: int) -> None:
        self._http, self._urls, self._meter, self._parallel = http, urls, meter, parallel

    async def send(self, source: SourceFile, part_size: int, received: Mapping[int, ReceivedPart]) -> str:
        """Returns the SHA-256 of the file once all its parts have arrived.

        Raises ChangedFile, UnreadableFile, TransferError, CorruptUpload, ApiError.
        """
        give, take = anyio.create_memory_object_stream[_Part](0)
        workers = max(1, min(self._parallel, MEMORY_MAX // part_size))
        # The last worker to end closes its receiver, and the reader its sender: each then wakes the other side.
        jobs = [partial(self._read, source, part_size, received, give)]
        jobs += [partial(self._work, take.clone()) for _ in range(workers)]
        take.close()
        await all_or_first_failure(jobs)
        return source.digest()

    async def _read(
        self,
        source: SourceFile,
        part_size: int,
        received: Mapping[int, ReceivedPart],
        give: MemoryObjectSendStream[_Part],
    ) -> None:
        """Reads the file in a thread, and hands on what the store does not have with the same content."""
        with give:
            for number, offset in enumerate(range(0, source.size, part_size), start=1):
                data = await to_thread.run_sync(source.read, min(part_size, source.size - offset))
                part, stored = _Part(number, data), received.get(number)
                if stored and stored.size == len(data) and stored.etag.strip('"') == await part.md5():
                    self._urls.done(number)
                    self._meter.skipped(len(data))
                else:
                    await give.send(part)
                del part, data

    async def _work(self, take: MemoryObjectReceiveStream[_Part]) -> None:
        """Sends parts until there are no more."""
        with take:
            async for part in take:
                await self._send(part)
                self._meter.moved(len(part.data))

    async def _send(self, part: _Part) -> None:
        md5 = await part.md5()

        async def once() -> None:
            url = await self._urls.get(part.number)
            headers = {**url.headers, "content-length": str(len(part.data))}
            response = await self._http.put(url.url, content=part.blocks(), headers=headers, timeout=TIMEOUT)
            check(response, 200)
            etag = response.headers.get("etag", "").strip('"')
            # With a key of its own a store answers other tags; then the server's check of the whole file has to do.
            if len(etag) == _MD5_LENGTH and etag != md5:
                raise CorruptUpload(f"part {part.number} arrived in the store with other bytes than were sent")

        async def renew() -> None:
            self._urls.done(part.number)

        await attempts(once, renew, again=(CorruptUpload,))
        self._urls.done(part.number)


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
