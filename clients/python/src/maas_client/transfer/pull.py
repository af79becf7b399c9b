"""The operation `pull`: the file of a version comes into the local cache, and from there to where it is wanted."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx2
from anyio import to_thread

from maas_client import errors as e
from maas_client.answers import Download
from maas_client.file_locks import locked
from maas_client.local_files import require_space, sha256_of, writable
from maas_client.progress import Meter, ProgressCallback
from maas_client.resources.models import Models
from maas_client.resources.versions import Versions
from maas_client.transfer.cache import Cache, copy_to
from maas_client.transfer.jobs import within
from maas_client.transfer.receiving import PartialFile, RangeReceiver

_TRIES = 2


@dataclass(frozen=True)
class PullPlan:
    """The arguments of a pull. `to` is a file or a folder; without it the file stays in the cache."""

    model: str
    ref: str | None = None
    to: Path | None = None
    dry_run: bool = False
    parallel: int = 4
    timeout: float | None = None
    progress: ProgressCallback | None = None


@dataclass(frozen=True)
class Pulled:
    """The file of a version. `path` is where it is, or would be after a `dry_run`. `cached`: it was there before."""

    path: Path
    version: str
    filename: str
    size: int
    sha256: str
    cached: bool


class Pull:
    """One pull."""

    def __init__(
        self, models: Models, versions: Versions, http: Callable[[], httpx2.AsyncClient], cache: Cache, plan: PullPlan
    ) -> None:
        self._models, self._versions, self._http, self._cache, self._plan = models, versions, http, cache, plan

    async def run(self) -> Pulled:
        """Returns the verified file. Raises FileError, TransferError, ApiError, DeadlineExceeded."""
        with within(self._plan.timeout, f"the pull of {self._plan.model}"):
            return await self._run()

    async def _run(self) -> Pulled:
        ref = self._plan.ref or (await self._models.get(self._plan.model)).default_ref
        found = await self._versions.download(self._plan.model, ref)
        cached = await to_thread.run_sync(self._cache.verified, found.sha256)
        target = self._target(found)
        if not self._plan.dry_run:
            path = cached or await self._fetched(found)
            if self._plan.to is not None:
                await to_thread.run_sync(copy_to, path, target)
        return Pulled(target, found.version, found.filename, found.size, found.sha256, cached=cached is not None)

    def _target(self, found: Download) -> Path:
        to = self._plan.to
        if to is None:
            return self._cache.path(found.sha256)
        return to / found.filename if to.is_dir() else to

    async def _fetched(self, found: Download) -> Path:
        """Returns the file in the cache. Processes that want the same one take turns."""
        path = self._cache.path(found.sha256)
        with writable(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        async with locked(path.with_suffix(".lock")):
            if path.exists():
                return path  # another process was faster
            file = PartialFile(path.with_suffix(".part"), found.size)
            await self._complete(found, file)
            file.forget()
            return self._cache.add(file.path, found.sha256)

    async def _complete(self, found: Download, file: PartialFile) -> None:
        """Receives the file, once more if its bytes are others. Raises CorruptDownload, CorruptStore."""
        wrong: list[str] = []
        for _ in range(_TRIES):
            digest = await self._received(found, file)
            if digest == found.sha256:
                return
            file.discard()
            wrong.append(digest)
        if len(set(wrong)) == 1:
            raise e.CorruptStore(f"the stored file of version {found.version} is not the one that was checked")
        raise e.CorruptDownload(f"the bytes of version {found.version} were changed on their way, twice")

    async def _received(self, found: Download, file: PartialFile) -> str:
        if not file.path.exists():
            require_space(file.path.parent, found.size)

        async def renew() -> str:
            return (await self._versions.download(self._plan.model, found.version)).url

        meter = Meter("receiving", found.size, self._plan.progress)
        async with self._http() as http:
            await RangeReceiver(http, found.url, renew, meter, self._plan.parallel).receive(file)
        return await to_thread.run_sync(sha256_of, file.path)
