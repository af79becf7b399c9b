"""Files of a version come into the local cache, in ranges, and are verified."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx2

from maas_client import errors as e
from maas_client.answers import Download
from maas_client.file_locks import locked
from maas_client.local_files import require_space, sha256_of, writable
from maas_client.progress import Meter, ProgressCallback
from maas_client.resources.versions import Versions
from maas_client.transfer.cache import Cache
from maas_client.transfer.jobs import in_thread
from maas_client.transfer.receiving import PartialFile, RangeReceiver

_TRIES = 2


class Fetcher:
    """Fetches files of versions of one model."""

    def __init__(
        self,
        versions: Versions,
        http: Callable[[], httpx2.AsyncClient],
        cache: Cache,
        model: str,
        parallel: int,
        progress: ProgressCallback | None,
    ) -> None:
        self._versions, self._http, self._cache, self._model = versions, http, cache, model
        self._parallel, self._progress = parallel, progress

    async def fetched(self, found: Download, path: str | None = None) -> Path:
        """Returns the file in the cache; `path` is that of one of several. Processes that want the same one take turns.

        Raises CorruptDownload, CorruptStore, NoSpace, TransferError, ApiError.
        """
        kept = self._cache.path(found.sha256)
        with writable(kept):
            kept.parent.mkdir(parents=True, exist_ok=True)
        async with locked(kept.with_suffix(".lock")):
            if kept.exists():
                return kept  # another process was faster
            file = PartialFile(kept.with_suffix(".part"), found.size)
            await self._complete(found, path, file)
            file.forget()
            return self._cache.add(file.path, found.sha256)

    async def _complete(self, found: Download, path: str | None, file: PartialFile) -> None:
        """Receives the file, once more if its bytes are others. Raises CorruptDownload, CorruptStore."""
        wrong: list[str] = []
        for _ in range(_TRIES):
            digest = await self._received(found, path, file)
            if digest == found.sha256:
                return
            file.discard()
            wrong.append(digest)
        if len(set(wrong)) == 1:
            raise e.CorruptStore(f"the stored file of version {found.version} is not the one that was checked")
        raise e.CorruptDownload(f"the bytes of version {found.version} were changed on their way, twice")

    async def _received(self, found: Download, path: str | None, file: PartialFile) -> str:
        if not file.path.exists():
            require_space(file.path.parent, found.size)

        async def renew() -> str:
            return (await self._versions.download(self._model, found.version, path=path)).url

        meter = Meter("receiving", found.size, self._progress)
        async with self._http() as http:
            await RangeReceiver(http, found.url, renew, meter, self._parallel).receive(file)
        return await in_thread(partial(sha256_of, file.path))
