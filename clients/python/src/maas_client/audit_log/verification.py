# Made by tools/client_audit.py from the server's module of this name: do not edit.
"""Verification of an exported log against heads that were kept outside: it needs the standard library alone.

Lines are read one by one, two ahead, so the memory does not grow with the log.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from maas_client.audit_log.canonical import canonical, parsed
from maas_client.audit_log.chain import Head, Record, fault_of
from maas_client.audit_log.text_enums import StrEnum

_AHEAD = 2


class Fault(StrEnum):
    """The damage to a log. `replaced`: a neighbour does not know the record, whose own hash fits."""

    FORMAT = "format"
    EDITED = "edited"
    ORGANIZATION = "organization"
    DROPPED = "dropped"
    ADDED = "added"
    SWAPPED = "swapped"
    REPLACED = "replaced"
    TIME = "time"
    HEAD = "head"
    TRUNCATED = "truncated"
    FORK = "fork"


@dataclass(frozen=True, slots=True)
class Finding:
    """The first wrong record: its sequence, its id if there is one, and its line.

    Records from `since` on may have been changed too: no head between that one and this vouches for them.
    """

    fault: Fault
    sequence: int
    since: int
    id: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Verified:
    """The result of a reading: first sequence and head of the last good record, and how many heads it agrees with."""

    first: int
    head: Head
    heads: int
    finding: Finding | None


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the log; `record` is None if it is none in its only spelling."""

    number: int
    record: Record | None

    @property
    def sequence(self) -> int:
        return self.record["sequence"] if self.record else 0


class Verification:
    """One run. `partial` allows a log that begins later than with record 1; a head of the record before is compared."""

    def __init__(self, heads: Sequence[Head], *, partial: bool = False) -> None:
        self._heads = {head.sequence: head for head in heads}
        self._fork = next((head.sequence for head in heads if self._heads[head.sequence] != head), None)
        self._partial = partial
        self._organization = heads[0].organization if heads else ""
        self._before = Head(self._organization)
        self._confirmed = 0
        self._first = self._agreeing = 0
        self._last_id = ""

    def run(self, lines: Iterable[bytes]) -> Verified:
        """Reads lines until the first wrong record, or to the end."""
        finding = self._finding(lines)
        return Verified(self._first, self._before, self._agreeing, finding)

    def _finding(self, lines: Iterable[bytes]) -> Finding | None:
        if self._fork is not None:
            return Finding(Fault.FORK, self._fork, self._fork)
        for line, ahead in _with_ahead(_lines(lines)):
            if not self._first:
                self._begin(line)
            finding = self._check(line, ahead)
            if finding:
                return finding
        last = max(self._heads, default=0)
        if last > self._before.sequence:
            return Finding(Fault.TRUNCATED, self._before.sequence + 1, self._confirmed + 1)
        return None

    def _begin(self, line: _Line) -> None:
        """Chooses what the first record must follow: the start or, in a part, the record before it."""
        record = line.record
        organization = self._organization or (record["organization"] if record else "")
        self._before = Head(organization)
        if self._partial and record and record["sequence"] > 1:
            link = Head(organization, record["sequence"] - 1, record["previous"])
            self._before = self._heads.get(link.sequence, link)
        self._first = self._before.sequence + 1
        self._confirmed = self._before.sequence

    def _check(self, line: _Line, ahead: Sequence[_Line]) -> Finding | None:
        expected, record = self._before.sequence + 1, line.record
        if record is None:
            return Finding(Fault.FORMAT, expected, expected, line=line.number)
        fault = self._own_fault(record)
        if fault:
            return self._found(fault, expected, line)
        if record["sequence"] != expected:
            return self._order(line, ahead)
        if record["previous"] != self._before.hash:
            return self._replaced(line, ahead)
        kept = self._heads.get(expected)
        if kept is not None and kept.hash != record["hash"]:
            return self._found(Fault.HEAD, expected, line, since=self._confirmed + 1)
        if kept is not None:
            self._confirmed, self._agreeing = expected, self._agreeing + 1
        self._before, self._last_id = Head.of(record), record["id"]
        return None

    def _own_fault(self, record: Record) -> Fault | None:
        if fault := fault_of(record):
            return Fault(fault)
        if record["organization"] != self._before.organization:
            return Fault.ORGANIZATION
        is_next = record["sequence"] == self._before.sequence + 1
        return Fault.TIME if is_next and record["recorded_at"] < self._before.recorded_at else None

    def _order(self, line: _Line, ahead: Sequence[_Line]) -> Finding:
        """Names what is in the wrong place: the next records tell whether one is missing, too many, or moved."""
        expected, found = self._before.sequence + 1, line.sequence
        after = [each.sequence for each in ahead] + [0] * _AHEAD
        if found < expected:
            return self._found(Fault.ADDED, found, line)
        neighbours = found == expected + 1 and after[1] in (0, expected + 2)
        if after[0] == expected + 1 or (after[0] == expected and neighbours):
            return self._found(Fault.SWAPPED, expected, line)
        if after[0] == expected:
            return self._found(Fault.ADDED, found, line)
        return Finding(Fault.DROPPED, expected, expected, line=line.number)

    def _replaced(self, line: _Line, ahead: Sequence[_Line]) -> Finding:
        """Two neighbours don't fit. The one that the record behind it, or a head, does not know is the wrong one."""
        assert line.record is not None
        next_one = ahead[0].record if ahead else None
        is_known = next_one is not None and next_one["previous"] == line.record["hash"]
        kept = self._heads.get(line.sequence)
        is_known = is_known or (kept is not None and kept.hash == line.record["hash"])
        if is_known and self._before.sequence >= self._first:
            sequence = self._before.sequence
            since = min(self._confirmed + 1, sequence)
            return Finding(Fault.REPLACED, sequence, since, self._last_id, line.number - 1)
        return self._found(Fault.REPLACED, line.sequence, line)

    def _found(self, fault: Fault, sequence: int, line: _Line, since: int | None = None) -> Finding:
        assert line.record is not None
        return Finding(fault, sequence, sequence if since is None else since, str(line.record.get("id")), line.number)


def _lines(lines: Iterable[bytes]) -> Iterator[_Line]:
    for number, line in enumerate(lines, 1):
        yield _Line(number, _record(line.removesuffix(b"\n")))


def _record(line: bytes) -> Record | None:
    """The record of a line; None if it is not the canonical JSON of an object with a sequence and links."""
    try:
        record = parsed(line)
        if not isinstance(record, dict) or fault_of(record) == "format" or canonical(record) != line:
            return None
    except (ValueError, UnicodeError):
        return None
    return record


def _with_ahead(lines: Iterator[_Line]) -> Iterator[tuple[_Line, Sequence[_Line]]]:
    """Each line with up to two that follow it."""
    window: deque[_Line] = deque()
    for line in lines:
        window.append(line)
        if len(window) > _AHEAD:
            yield window.popleft(), tuple(window)
    while window:
        yield window.popleft(), tuple(window)
