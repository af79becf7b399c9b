"""The operation `pull`: the files of a version come into the local cache, and from there to where they are wanted."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx2
from pydantic import BaseModel, ConfigDict

from maas_client import errors as e
from maas_client.answers import Download, Downloads, FileDownload
from maas_client.progress import ProgressCallback
from maas_client.resources.models import Models
from maas_client.resources.versions import Versions
from maas_client.transfer.cache import Cache, copy_to
from maas_client.transfer.fetching import Fetcher
from maas_client.transfer.jobs import all_or_first_failure, in_thread, within
from maas_client.transfer.places import named_in, places_of, require_inside


@dataclass(frozen=True)
class PullPlan:
    """The arguments of a pull. `to` is a file or a folder; without it the files stay in the cache."""

    model: str
    ref: str | None = None
    to: Path | None = None
    dry_run: bool = False
    parallel: int = 4
    timeout: float | None = None
    progress: ProgressCallback | None = None

    def __post_init__(self) -> None:
        if self.parallel < 1:
            raise e.BadArgument("parallel must be at least 1")


class PulledFile(BaseModel):
    """A file of a version by its `path` there. `place` is where it is, or would be after a `dry_run`.

    `cached`: it was in the cache before.
    """

    model_config = ConfigDict(frozen=True)

    path: str
    size: int
    sha256: str
    cached: bool
    place: Path


@dataclass(frozen=True)
class Pulled:
    """The file of a version. `path` is where it is, or would be after a `dry_run`. `cached`: it was there before.

    Of several files, `path` is their folder, `filename` the path of the main one, `size` that of all, and `sha256` the
    digest of their manifest. `files` are all of them, in the order of their paths.
    """

    path: Path
    version: str
    filename: str
    size: int
    sha256: str
    cached: bool
    files: Sequence[PulledFile] = ()


class Pull:
    """One pull."""

    def __init__(
        self, models: Models, versions: Versions, http: Callable[[], httpx2.AsyncClient], cache: Cache, plan: PullPlan
    ) -> None:
        self._models, self._versions, self._cache, self._plan = models, versions, cache, plan
        self._fetcher = Fetcher(versions, http, cache, plan.model, plan.parallel, plan.progress)

    async def run(self) -> Pulled:
        """Returns the verified file. Raises FileError, TransferError, ApiError, DeadlineExceeded."""
        with within(self._plan.timeout, f"the pull of {self._plan.model}"):
            return await self._run()

    async def _run(self) -> Pulled:
        ref = self._plan.ref or (await self._models.get(self._plan.model)).default_ref
        version = await self._versions.get(self._plan.model, ref)
        if version.file_count > 1:
            return await self._files(await self._versions.downloads(self._plan.model, version.version))
        return await self._file(await self._versions.download(self._plan.model, version.version))

    async def _file(self, found: Download) -> Pulled:
        target = self._target(found)
        cached = await in_thread(partial(self._cache.verified, found.sha256))
        if not self._plan.dry_run:
            path = cached or await self._fetcher.fetched(found)
            if self._plan.to is not None:
                await in_thread(partial(copy_to, path, target))
        known = cached is not None
        file = PulledFile(path=found.filename, size=found.size, sha256=found.sha256, cached=known, place=target)
        return Pulled(target, found.version, found.filename, found.size, found.sha256, known, (file,))

    async def _files(self, found: Downloads) -> Pulled:
        """Fetches several files at once. Each has its place below the folder before the first one is fetched."""
        folder, to = self._plan.to or self._cache.folder, self._plan.to
        if folder.is_file():
            raise e.FileError(f"{folder} is a file: version {found.version} has {len(found.files)} files")
        places = [*zip(found.files, places_of(folder, [file.path for file in found.files]), strict=True)]
        left = iter(places if to is not None else [(file, self._cache.path(file.sha256)) for file in found.files])
        pulled: list[PulledFile] = []
        jobs = [partial(self._work, found, left, pulled) for _ in range(min(self._plan.parallel, len(places)))]
        await all_or_first_failure(jobs)
        main, digest = next((file.path for file in found.files if file.main), ""), found.digest.removeprefix("sha256:")
        pulled.sort(key=lambda file: file.path.encode())
        known = all(file.cached for file in pulled)
        return Pulled(folder, found.version, main, found.total_size, digest, known, tuple(pulled))

    async def _work(
        self, found: Downloads, left: Iterator[tuple[FileDownload, Path]], pulled: list[PulledFile]
    ) -> None:
        for file, place in left:
            cached = await in_thread(partial(self._cache.verified, file.sha256))
            if not self._plan.dry_run:
                path = cached or await self._fetcher.fetched(_download(found, file), file.path)
                if self._plan.to is not None:
                    await in_thread(partial(_copy_below, self._plan.to, path, place))
            known = cached is not None
            pulled.append(PulledFile(path=file.path, size=file.size, sha256=file.sha256, cached=known, place=place))

    def _target(self, found: Download) -> Path:
        to = self._plan.to
        if to is None:
            return self._cache.path(found.sha256)
        return named_in(to, found.filename) if to.is_dir() else to


def _copy_below(folder: Path, source: Path, place: Path, stopped: Callable[[], bool]) -> None:
    """Copies a file to its place. The folder's own links are looked at now, not when the pull began."""
    require_inside(folder, place)
    copy_to(source, place, stopped)


def _download(found: Downloads, file: FileDownload) -> Download:
    """Returns the URL of one file as that of a version of one file."""
    times = {"expires_at": found.expires_at, "server_time": found.server_time}
    return Download(
        url=file.url, filename=file.path, size=file.size, sha256=file.sha256, version=found.version, **times
    )
