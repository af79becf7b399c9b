"""One file from the object store: ranges in parallel, into a partial file that a later run goes on with."""

import os
import threading
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path

import httpx2
from anyio import to_thread

from maas_client.bodies import whole
from maas_client.errors import TransferError
from maas_client.http.store import ERROR_MAX, TIMEOUT, attempts, check
from maas_client.local_files import writable
from maas_client.progress import Meter
from maas_client.transfer.jobs import all_or_first_failure

RANGE = 8 * 1024 * 1024
_OK, _PARTIAL = 200, 206
# A link in the place of the file is refused, not followed. Windows has no such flag, and needs another one.
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class PartialFile:
    """A file that grows range by range. `<name>.ranges` has the numbers of those that are complete."""

    def __init__(self, path: Path, size: int) -> None:
        self.path, self.size = path, size
        self._ranges = path.with_name(f"{path.name}.ranges")
        self.count = -(-size // RANGE)
        self._head = f"{size} {RANGE}"
        self._lock = threading.Lock()

    def open(self) -> set[int]:
        """Makes the file if it is missing, and returns the numbers of the ranges that it has."""
        done = self._known()
        with writable(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if not done:
                self._ranges.unlink(missing_ok=True)
                self._ranges.write_text(f"{self._head}\n")
            self._descriptor = os.open(self.path, _FLAGS, 0o600)
            os.ftruncate(self._descriptor, self.size)
        return done

    def _known(self) -> set[int]:
        """Returns the numbers of the list. One that can't be read, or is not of this file, has none."""
        try:
            head, *lines = self._ranges.read_text().splitlines()
        except (OSError, ValueError):
            return set()
        if head != self._head or self._ranges.is_symlink() or not self.path.is_file():
            return set()
        # A process that was killed may have left half a line at the end.
        numbers = {str(number): number for number in range(self.count)}
        return {numbers[line] for line in lines if line in numbers}

    def write(self, data: bytes, offset: int) -> None:
        with writable(self.path), self._lock:  # the position belongs to all threads, and Windows has no pwrite
            os.lseek(self._descriptor, offset, os.SEEK_SET)
            view = memoryview(data)
            while view:
                view = view[os.write(self._descriptor, view) :]

    def finished(self, number: int) -> None:
        """Records a range, once its bytes are written."""
        with writable(self._ranges), self._ranges.open("a") as handle:
            handle.write(f"{number}\n")

    def close(self) -> None:
        os.close(self._descriptor)

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)
        self.forget()

    def forget(self) -> None:
        """Removes the list of ranges."""
        self._ranges.unlink(missing_ok=True)


class RangeReceiver:
    """Receives the missing ranges of a file. `renew` returns a new signed URL."""

    def __init__(
        self, http: httpx2.AsyncClient, url: str, renew: Callable[[], Awaitable[str]], meter: Meter, parallel: int
    ) -> None:
        self._http, self._url, self._renew_url = http, url, renew
        self._meter, self._parallel = meter, parallel

    async def receive(self, file: PartialFile) -> None:
        """Completes the file. Raises TransferError, NoSpace, ApiError."""
        done = await to_thread.run_sync(file.open)
        try:
            for number in done:
                self._meter.skipped(_length(file, number))
            missing = iter([number for number in range(file.count) if number not in done])
            await all_or_first_failure(
                [partial(self._work, file, missing) for _ in range(min(self._parallel, file.count))]
            )
        finally:
            file.close()

    async def _work(self, file: PartialFile, missing: Iterator[int]) -> None:
        for number in missing:
            await attempts(partial(self._one, file, number), self._renew)
            file.finished(number)
            self._meter.moved(_length(file, number))

    async def _one(self, file: PartialFile, number: int) -> None:
        begin, length = number * RANGE, _length(file, number)
        headers = {"range": f"bytes={begin}-{begin + length - 1}", "accept-encoding": "identity"}
        async with self._http.stream("GET", self._url, headers=headers, timeout=TIMEOUT) as response:
            if response.status_code not in (_OK, _PARTIAL):
                check(await whole(response, ERROR_MAX), _PARTIAL)
            check(response, *((_OK, _PARTIAL) if length == file.size else (_PARTIAL,)))
            await self._write(file, response, begin, length)

    async def _write(self, file: PartialFile, response: httpx2.Response, begin: int, length: int) -> None:
        expected = f"bytes {begin}-{begin + length - 1}/{file.size}"
        if response.status_code == _PARTIAL and response.headers.get("content-range") != expected:
            raise TransferError("the object store answered another range than was asked for, or another file")
        received = bytearray()
        async for chunk in response.aiter_bytes():
            received += chunk
            if len(received) > length:
                break
        if len(received) != length:
            raise httpx2.RemoteProtocolError(f"{len(received)} of {length} bytes arrived")
        await to_thread.run_sync(file.write, bytes(received), begin)

    async def _renew(self) -> None:
        self._url = await self._renew_url()


def _length(file: PartialFile, number: int) -> int:
    return min(RANGE, file.size - number * RANGE)
