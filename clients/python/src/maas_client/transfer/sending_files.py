"""The parts of several files to the object store, each read when its turn comes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import httpx2

from maas_client.answers import StartedUpload, Upload, UploadFile
from maas_client.errors import TransferError
from maas_client.progress import Meter
from maas_client.resources.uploads import Uploads
from maas_client.transfer.folders import HashedFile, require_same
from maas_client.transfer.jobs import all_or_first_failure, in_thread
from maas_client.transfer.part_puts import Body, PartPuts
from maas_client.transfer.part_urls import SignedParts


@dataclass(frozen=True)
class FilePart:
    """A part of one of the files, by its number."""

    file: UploadFile
    number: int

    @property
    def path(self) -> str:
        return self.file.path

    @property
    def key(self) -> tuple[str, int]:
        return self.file.path, self.number

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.file.part_size

    @property
    def length(self) -> int:
        return min(self.file.part_size, self.file.size - self.offset)


class FilesSender:
    """Sends parts of files, at most `parallel` at once."""

    def __init__(
        self,
        http: Callable[[], httpx2.AsyncClient],
        uploads: Uploads,
        files: Mapping[str, HashedFile],
        parallel: int,
    ) -> None:
        self._http, self._uploads, self._files, self._parallel = http, uploads, files, parallel

    async def send(self, upload: StartedUpload | Upload, missing: Sequence[FilePart], meter: Meter) -> None:
        """Sends the parts.

        Raises ChangedFile, UnreadableFile, TransferError, CorruptUpload, ApiError.
        """
        urls = SignedParts(self._uploads, upload.upload_id, [part.key for part in missing])
        if isinstance(upload, StartedUpload):
            urls.keep(upload.urls, upload.server_time)
        parts = iter(missing)
        async with self._http() as http:
            puts = PartPuts(http, urls)
            await all_or_first_failure([partial(self._work, puts, parts, meter) for _ in range(self._parallel)])

    async def _work(self, puts: PartPuts, parts: Iterator[FilePart], meter: Meter) -> None:
        for part in parts:
            file = self._files[part.path]
            try:
                await puts.put(part.key, Body(file.source, part.offset, part.length))
            except TransferError:  # the store refuses bytes that are not those of the digest
                await in_thread(partial(require_same, file))
                raise
            meter.moved(part.length)
