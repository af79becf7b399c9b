"""Chunks of a job: parts of its work that run at the same time, each with a checkpoint of its own."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chunk:
    """The steps from `start` to `end`, of which those before `at` are done. `row` is the number of the first row."""

    number: int
    start: int
    end: int
    at: int
    row: int = 0

    @property
    def is_done(self) -> bool:
        return self.at >= self.end


@dataclass(frozen=True, slots=True)
class Part:
    """The result of the steps of a chunk from `start` to `end`, as an object of NDJSON or JSON."""

    chunk: int
    start: int
    end: int
    key: str
    size: int
    rows: int
    failed_rows: int = 0


# The whole work of an inline job.
INLINE = Chunk(0, 0, 1, 0)
