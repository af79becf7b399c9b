"""Files of rows for jobs, results of jobs and captured predictions: to and from the store by signed URLs."""

import gzip
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import httpx2
from anyio import to_thread

from maas_client.answers import JobResult, JobUpload
from maas_client.bodies import answer_to
from maas_client.errors import CorruptDownload, EmptyFile, TransferError
from maas_client.http.store import ERROR_MAX, TIMEOUT, attempts, check
from maas_client.local_files import readable, replaced, sha256_of, writable

_BLOCK = 1024 * 1024


async def measured(path: Path) -> tuple[int, str]:
    """Returns the size of a file and its SHA-256. Raises FileError, EmptyFile."""
    return await to_thread.run_sync(_measured, path)


def _measured(path: Path) -> tuple[int, str]:
    with readable(path):
        size = path.stat().st_size
        if not size:
            raise EmptyFile(f"{path} is empty")
        return size, sha256_of(path)


async def put_file(http: httpx2.AsyncClient, path: Path, place: JobUpload) -> None:
    """Sends the file, and again if that breaks off. Raises TransferError, FileError."""

    async def once() -> None:
        with readable(path), path.open("rb") as file:
            put = http.build_request("PUT", place.url, content=_blocks(file), headers=place.headers, timeout=TIMEOUT)
            check(await answer_to(http, put, ERROR_MAX), 200)

    await attempts(once, _nothing)


async def _blocks(file: BinaryIO) -> AsyncIterator[bytes]:
    while block := await to_thread.run_sync(file.read, _BLOCK):
        yield block


async def _nothing() -> None:
    """Gets no new URL: the one that was refused stays."""


async def fetch_results(
    http: httpx2.AsyncClient, parts: AsyncIterator[JobResult], to: Path, renewed: Callable[[int], Awaitable[JobResult]]
) -> None:
    """Writes all parts into one file, in one step at the end. `renewed` returns a part with a new URL by its place.

    Raises TransferError, NoSpace, FileError.
    """
    partial = to.with_name(f"{to.name}.part")
    with writable(to):
        with partial.open("wb") as file:
            number = 0
            async for part in parts:
                await _fetch(http, part, file, number, renewed)
                number += 1
        partial.replace(to)


async def _fetch(
    http: httpx2.AsyncClient,
    part: JobResult,
    file: BinaryIO,
    number: int,
    renewed: Callable[[int], Awaitable[JobResult]],
) -> None:
    """Appends one part. A transfer that breaks off begins anew where the part begins."""
    start, current = file.tell(), part

    async def once() -> None:
        file.seek(start)
        file.truncate()
        async with http.stream("GET", current.url, timeout=TIMEOUT) as response:
            check(response, 200)
            async for block in response.aiter_bytes(_BLOCK):
                await to_thread.run_sync(file.write, block)
        if file.tell() - start != current.bytes:
            raise TransferError("a part of the result has another length than the server tells")

    async def renew() -> None:
        nonlocal current
        current = await renewed(number)

    await attempts(once, renew, again=(TransferError,))


async def fetch_compressed(http: httpx2.AsyncClient, url: str, size: int, path: Path) -> None:
    """Fetches a file of `size` bytes that gzip has compressed, in one step, unless it is there whole.

    The checksum in it must be that of its content. Raises CorruptDownload, TransferError, NoSpace, FileError.
    """

    async def once() -> None:
        answer = await answer_to(http, http.build_request("GET", url, timeout=TIMEOUT), size + ERROR_MAX)
        check(answer, 200)
        if len(answer.content) != size or not await to_thread.run_sync(_is_sound, BytesIO(answer.content)):
            raise CorruptDownload(f"{path.name} came with other bytes than the server has stored")
        await to_thread.run_sync(_write, path, answer.content)

    if not await to_thread.run_sync(_is_there, path, size):
        await attempts(once, _nothing, again=(CorruptDownload,))


def _is_there(path: Path, size: int) -> bool:
    with readable(path):
        if not path.is_file() or path.stat().st_size != size:
            return False
        with path.open("rb") as file:
            return _is_sound(file)


def _is_sound(file: BinaryIO) -> bool:
    """Returns whether the content has the length and the checksum that gzip has noted."""
    try:
        with gzip.open(file) as content:
            while content.read(_BLOCK):
                pass
    except (gzip.BadGzipFile, EOFError, zlib.error):
        return False
    return True


def _write(path: Path, content: bytes) -> None:
    with writable(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    replaced(path, content)
