"""An exported log in a folder, verified against heads."""

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from maas_client.audit_log.findings import sentence
from maas_client.audit_log.heads import kept
from maas_client.audit_log.verification import Verification, Verified
from maas_client.errors import ChangedLog, NotVerified
from maas_client.local_files import opened, readable

# Bytes of a line: an event has at most 256 KiB.
_LINE_MAX = 1024 * 1024


def verify(paths: Sequence[Path], heads: Sequence[Mapping[str, Any]], *, partial: bool = False) -> Verified:
    """Returns what was verified: the first record, the last one as a head, and how many heads agree.

    `paths` are files of the log in their order, or folders with them. `partial` allows a log that begins later than
    with record 1. Raises ChangedLog with the first wrong record, NotVerified if there is no record, FileError.
    """
    verified = Verification(kept(heads), partial=partial).run(_lines(paths))
    if verified.finding:
        finding = verified.finding
        raise ChangedLog(sentence(finding), fault=str(finding.fault), sequence=finding.sequence, since=finding.since)
    if not verified.first:
        raise NotVerified("the files have no record")
    return verified


def _lines(paths: Sequence[Path]) -> Iterator[bytes]:
    """Yields the lines of the files, one at a time; a line that is too long is cut, and so not a record."""
    for path in paths:
        for file in sorted(path.glob("*.jsonl")) if path.is_dir() else [path]:
            with readable(file), io.BufferedReader(opened(file)) as content:
                while line := content.readline(_LINE_MAX):
                    yield line
