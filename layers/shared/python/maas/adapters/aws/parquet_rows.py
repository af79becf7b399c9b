"""Rows of Parquet files as NDJSON, from object to object. A child process reads the file, without credentials."""

import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, cast

from boto3.s3.transfer import TransferConfig

from maas.adapters.aws.object_store import S3ObjectStore
from maas.adapters.aws.s3_client import client, translated_errors
from maas.adapters.child_environment import REFUSED, child_environment
from maas.domain.errors import InvalidInput, Rule, Unavailable
from maas.domain.jobs.jobs import ROWS_SIZE_MAX, InputFile
from maas.domain.model_memory import MIB
from maas.platform.observability import logger

# Bytes of address space, and seconds of processor time, of the process that reads a file.
MEMORY_MAX, SECONDS_MAX = 1024 * MIB, 120
_CHILD = "maas.adapters.row_tables.parquet_process"
_REASON_MAX = 1000
# What is held in memory: four parts that are sent, and the next one.
_TRANSFER = TransferConfig(multipart_threshold=16 * MIB, multipart_chunksize=16 * MIB, max_concurrency=4)


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of the child: bytes of address space, seconds of processor time, and bytes that it may write."""

    memory: int = MEMORY_MAX
    cpu: int = SECONDS_MAX
    rows: int = ROWS_SIZE_MAX


class S3ParquetRows:
    """The RowTables port."""

    def __init__(self, store: S3ObjectStore, bucket: str, endpoint: str = "", limits: Limits | None = None) -> None:
        self._store = store
        self._bucket = bucket
        self._s3 = client(endpoint)
        self._limits = limits or Limits()
        self._child: subprocess.Popen[bytes] | None = None

    def to_ndjson(self, file: InputFile, key: str, see: Callable[[bytes], None]) -> int:
        with tempfile.NamedTemporaryFile() as fetched, tempfile.TemporaryFile() as log:
            self._store.fetch(file.key, fetched.name)
            with self._reader(fetched, log, as_lists=file.as_lists) as child, translated_errors():
                rows = _Rows(child, log, self._limits.rows, see)
                self._s3.upload_fileobj(cast("IO[bytes]", rows), self._bucket, key, Config=_TRANSFER)
        return rows.size

    def interrupt(self) -> None:
        """Ends what another thread does; it fails with Unavailable."""
        if child := self._child:
            child.kill()

    @contextmanager
    def _reader(self, file: IO[bytes], log: IO[bytes], *, as_lists: bool) -> Iterator["subprocess.Popen[bytes]"]:
        numbers = (self._limits.memory, self._limits.cpu)
        command = [sys.executable, "-s", "-P", "-m", _CHILD, *map(str, numbers), *(["lists"] if as_lists else [])]
        environment = child_environment()
        with subprocess.Popen(  # noqa: S603 (our own program, no shell)
            command, stdin=file, stdout=subprocess.PIPE, stderr=log, env=environment, cwd="/"
        ) as child:
            self._child = child
            try:
                yield child
            finally:
                self._child = None
                child.kill()


class _Rows:
    """The output of the child as a file to upload. `size` counts its bytes, and `see` gets them.

    The end of the output is no end of the rows before the child has said so: an upload that fails stores nothing.
    """

    def __init__(
        self, child: "subprocess.Popen[bytes]", log: IO[bytes], most: int, see: Callable[[bytes], None]
    ) -> None:
        self._child, self._log, self._most, self._see = child, log, most, see
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes, fewer than `size` at the end alone. Raises InvalidInput (file), Unavailable."""
        assert self._child.stdout
        found = self._child.stdout.read(size)
        self.size += len(found)
        if self.size > self._most:
            raise _refused(f"has more than {self._most} bytes as NDJSON: send it in parts", Rule.MAX_BYTES)
        self._see(found)
        if size < 0 or len(found) < size:
            self._check()
        return found

    def _check(self) -> None:
        code = self._child.wait()
        if not code:
            return
        self._log.seek(0)
        said = self._log.read().decode(errors="replace")
        if code == REFUSED:
            raise _refused(said[:_REASON_MAX])
        logger.warning("Parquet could not be read", exit_code=code, output=said[-2000:])
        if code == -signal.SIGKILL:
            raise Unavailable("the rows could not be read; they are read again")
        raise _refused(_REASONS.get(code, "is not Parquet that can be read"))


_REASONS = {
    -signal.SIGABRT: "needs more memory than there is to read it: write smaller row groups and pages",
    -signal.SIGXCPU: "takes too long to read: send it in parts",
}


def _refused(reason: str, rule: Rule = Rule.INVALID) -> InvalidInput:
    return InvalidInput.of("file", rule, reason)
