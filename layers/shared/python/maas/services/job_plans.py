"""The plan of a job with a file: its chunks, which begin and end between rows. It is made in one pass over lines."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from maas.domain.errors import InvalidInput, Rule
from maas.domain.jobs.chunks import Chunk
from maas.domain.jobs.jobs import FileFormat, InputFile, Job
from maas.domain.jobs.row_files import MARK_SIZE, ROW_MAX, csv_head, cut_behind, first_byte
from maas.services.ports.jobs import RowTables
from maas.services.ports.storage import ObjectStore

# Bytes of a chunk, which is read at once, and of one read of the plan.
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
        if file.format is FileFormat.PARQUET:
            size = self._tables.to_ndjson(file, job.rows_key)
            file = replace(file, key=job.rows_key, size=size, format=FileFormat.NDJSON)
        made = plan(self._objects, file)
        return replace(file, head=made.head), made


def plan(objects: ObjectStore, file: InputFile) -> Plan:
    """Raises InvalidInput (file): it has no rows, no head, or a row that is too long. Raises NotFound, Unavailable."""
    beginning = _beginning(objects, file)
    start = first_byte(beginning)
    if file.format is FileFormat.CSV:
        _, start = csv_head(beginning, as_lists=file.as_lists)
    chunks = tuple(_chunks(objects, file, start, 1 + beginning.count(b"\n", 0, start)))
    if not chunks:
        raise InvalidInput.of("file", Rule.MIN_ITEMS, "has no rows")
    return Plan(chunks, start)


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


def _chunks(objects: ObjectStore, file: InputFile, start: int, line: int) -> Iterator[Chunk]:
    """Chunks of CHUNK_SIZE and of what is left of the row at their end."""
    content, offset, number = b"", start, 0
    while offset < file.size:
        place = offset + len(content)
        if len(content) < BLOCK_SIZE and place < file.size:
            content += objects.read(file.key, place, min(BLOCK_SIZE, file.size - place))
        is_last = offset + len(content) >= file.size
        cut = cut_behind(content, CHUNK_SIZE, file.format) if len(content) > CHUNK_SIZE else -1
        if cut < 0 and not is_last:
            raise InvalidInput.of("file", Rule.MAX_BYTES, f"a row behind line {line} has more than {ROW_MAX} bytes")
        end = len(content) if cut < 0 else cut
        piece, content = content[:end], content[end:]
        if piece.strip():
            yield Chunk(number, offset, offset + end, offset, line)
            number += 1
        line, offset = line + piece.count(b"\n"), offset + end
