"""The parts of one file to the object store, in parallel, while the file is hashed."""

from collections.abc import Iterator, Mapping
from functools import partial

import httpx2

from maas_client.answers import ReceivedPart
from maas_client.local_files import SourceFile
from maas_client.progress import Meter
from maas_client.transfer.jobs import all_or_first_failure, in_thread
from maas_client.transfer.part_puts import Body, PartPuts
from maas_client.transfer.part_urls import SignedParts


class PartSender:
    """Sends the parts that the store does not have, at most `parallel` at once."""

    def __init__(self, http: httpx2.AsyncClient, urls: SignedParts, meter: Meter, parallel: int) -> None:
        self._puts, self._urls, self._meter, self._parallel = PartPuts(http, urls), urls, meter, parallel

    async def send(self, source: SourceFile, part_size: int, received: Mapping[int, ReceivedPart]) -> str:
        """Returns the SHA-256 of the file once all its parts have arrived.

        Raises ChangedFile, UnreadableFile, TransferError, CorruptUpload, ApiError.
        """
        digests: list[str] = []

        async def hashed() -> None:
            digests.append(await in_thread(source.hash))

        offsets = range(0, source.size, part_size)
        parts = enumerate((Body(source.path, at, min(part_size, source.size - at)) for at in offsets), start=1)
        workers = [partial(self._work, parts, received) for _ in range(min(self._parallel, len(offsets)))]
        await all_or_first_failure([hashed, *workers])
        source.require_same()
        return digests[0]

    async def _work(self, parts: Iterator[tuple[int, Body]], received: Mapping[int, ReceivedPart]) -> None:
        """Sends parts until there are no more, except for those that the store has with the same content."""
        for number, body in parts:
            stored = received.get(number)
            if stored and stored.size == body.length and stored.etag.strip('"') == await body.md5():
                self._urls.done(number)
                self._meter.skipped(body.length)
            else:
                await self._puts.put(number, body)
                self._meter.moved(body.length)
