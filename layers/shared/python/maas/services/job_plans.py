"""The plan of a job with a file: its chunks, which begin and end between rows. One pass over the bytes makes it."""

from dataclasses import dataclass, replace

from maas.domain.errors import InvalidInput, Rule
from maas.domain.jobs.chunks import Chunk
from maas.domain.jobs.csv_heads import csv_head
from maas.domain.jobs.jobs import ROW_MAX, FileFormat, InputFile, Job
from maas.domain.jobs.row_files import not_whole, whole_rows
from maas.domain.jobs.row_texts import MARK_SIZE, first_byte
from maas.services.ports.jobs import RowTables
from maas.services.ports.storage import ObjectStore

# Bytes that a chunk has at most, which is read at once, and of one read of the plan.
CHUNK_SIZE, BLOCK_SIZE = 4 * 1024 * 1024, 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Plan:
    """The chunks of a file's rows, in their order, and the bytes in front of the first row."""

    chunks: tuple[Chunk, ...]
    head: int = 0

    @property
    def total(self) -> int:
        """The bytes of all rows."""
        return sum(chunk.end - chunk.start for chunk in self.chunks)


class Plans:
    """Plans of jobs with a file. A plan of Parquet is one of the NDJSON that its rows become first."""

    def __init__(self, objects: ObjectStore, tables: RowTables) -> None:
        self._objects = objects
        self._tables = tables

    def of(self, job: Job, file: InputFile) -> tuple[InputFile, Plan]:
        """The file that has the lines of the job, and its plan. Raises InvalidInput (file), NotFound, Unavailable."""
        if file.format is not FileFormat.PARQUET:
            made = plan(self._objects, file)
            return replace(file, head=made.head), made
        cuts = _Cuts(FileFormat.NDJSON)
        size = self._tables.to_ndjson(file, job.rows_key, cuts.add)
        return replace(file, key=job.rows_key, size=size, format=FileFormat.NDJSON), Plan(cuts.chunks())


def plan(objects: ObjectStore, file: InputFile) -> Plan:
    """Raises InvalidInput (file): it has no rows, no head, a row that is too long, or a quote that is not closed.

    Raises NotFound, Unavailable.
    """
    beginning = _beginning(objects, file)
    start = first_byte(beginning)
    if file.format is FileFormat.CSV:
        _, start = csv_head(beginning, as_lists=file.as_lists)
    cuts = _Cuts(file.format, start, 1 + beginning.count(b"\n", 0, start))
    for place in range(start, file.size, BLOCK_SIZE):
        cuts.add(objects.read(file.key, place, min(BLOCK_SIZE, file.size - place)))
    return Plan(cuts.chunks(), start)


class _Cuts:
    """Cuts rows into chunks while their bytes come. Methods raise InvalidInput (file)."""

    def __init__(self, file_format: FileFormat, start: int = 0, line: int = 1) -> None:
        self._format = file_format
        self._offset, self._line = start, line
        self._content = b""
        self._chunks: list[Chunk] = []

    def add(self, block: bytes) -> None:
        self._content += block
        while len(self._content) > CHUNK_SIZE:
            self._cut(self._whole(self._content))

    def chunks(self) -> tuple[Chunk, ...]:
        """The chunks of all rows, of which the last one may have no line break."""
        while self._content:
            self._cut(min(self._whole(self._content + b"\n"), len(self._content)))
        if not self._chunks:
            raise InvalidInput.of("file", Rule.MIN_ITEMS, "has no rows")
        return tuple(self._chunks)

    def _whole(self, content: bytes) -> int:
        end = whole_rows(content, CHUNK_SIZE, self._format)
        if not end:
            raise not_whole(content, self._line, self._format)
        return end

    def _cut(self, end: int) -> None:
        piece, self._content = self._content[:end], self._content[end:]
        if not piece.isspace():
            self._chunks.append(Chunk(len(self._chunks), self._offset, self._offset + end, self._offset, self._line))
        self._offset, self._line = self._offset + end, self._line + piece.count(b"\n")


def columns_of(objects: ObjectStore, file: InputFile) -> tuple[str, ...]:
    """The names of the columns of CSV; none of NDJSON. They are read again for each chunk: a table's item, which
    has the job, holds 400 KB, and a head may be larger. Raises InvalidInput (file), NotFound, Unavailable.
    """
    if file.format is not FileFormat.CSV:
        return ()
    return csv_head(_beginning(objects, file), as_lists=file.as_lists)[0]


def _beginning(objects: ObjectStore, file: InputFile) -> bytes:
    """The bytes in which the head ends, if it is not too long."""
    most = ROW_MAX + 1 if file.format is FileFormat.CSV else MARK_SIZE
    return objects.read(file.key, 0, min(file.size, file.head or most))
