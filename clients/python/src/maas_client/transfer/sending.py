"""The parts of one file to the object store: read once in order, sent in parallel."""

from collections.abc import Mapping
from functools import partial

import anyio
import httpx2
from anyio import to_thread
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from maas_client.answers import ReceivedPart
from maas_client.local_files import SourceFile
from maas_client.progress import Meter
from maas_client.transfer.jobs import all_or_first_failure
from maas_client.transfer.part_puts import MEMORY_MAX, Body, PartPuts
from maas_client.transfer.part_urls import SignedParts


class PartSender:
    """Sends the parts that the store does not have. At most `parallel` are under way, and one more is read ahead."""

    def __init__(self, http: httpx2.AsyncClient, urls: SignedParts, meter: Meter, parallel: int) -> None:
        self._puts, self._urls, self._meter, self._parallel = PartPuts(http, urls), urls, meter, parallel

    async def send(self, source: SourceFile, part_size: int, received: Mapping[int, ReceivedPart]) -> str:
        """Returns the SHA-256 of the file once all its parts have arrived.

        Raises ChangedFile, UnreadableFile, TransferError, CorruptUpload, ApiError.
        """
        give, take = anyio.create_memory_object_stream[tuple[int, Body]](0)
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
        give: MemoryObjectSendStream[tuple[int, Body]],
    ) -> None:
        """Reads the file in a thread, and hands on what the store does not have with the same content."""
        with give:
            for number, offset in enumerate(range(0, source.size, part_size), start=1):
                data = await to_thread.run_sync(source.read, min(part_size, source.size - offset))
                body, stored = Body(data), received.get(number)
                if stored and stored.size == len(data) and stored.etag.strip('"') == await body.md5():
                    self._urls.done(number)
                    self._meter.skipped(len(data))
                else:
                    await give.send((number, body))
                del body, data

    async def _work(self, take: MemoryObjectReceiveStream[tuple[int, Body]]) -> None:
        """Sends parts until there are no more."""
        with take:
            async for number, body in take:
                await self._puts.put(number, body)
                self._meter.moved(len(body.data))
                del body
