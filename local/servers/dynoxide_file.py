"""Additions to dynoxide's SQLite file for a stream that is used for long: indexes, and an end of old records.

dynoxide 3.2.0 reads all records of a stream for each write and for each poll of it, and keeps them for ever. A put took
20 ms after 2,500 writes.
"""

import contextlib
import sqlite3
import time
from pathlib import Path

NAME = "tables.db"
_KEPT = 24 * 3600  # seconds, as on AWS
# Seconds after the start in which nothing is removed: events of the last run may not be delivered yet.
_CATCHING_UP = 3600
_STATEMENTS = """
CREATE INDEX IF NOT EXISTS maas_stream_end ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
CREATE INDEX IF NOT EXISTS maas_stream_reads
    ON _stream_records (table_name, shard_id, CAST(sequence_number AS INTEGER));
CREATE INDEX IF NOT EXISTS maas_stream_times ON _stream_records (created_at);
DROP TRIGGER IF EXISTS maas_stream_trim;
CREATE TRIGGER maas_stream_trim AFTER INSERT ON _stream_records WHEN NEW.created_at > {since}
    BEGIN DELETE FROM _stream_records WHERE created_at < NEW.created_at - {kept}; END;
"""


def prepare(folder: Path) -> None:
    """Adds indexes and the trigger to the file in `folder`, while dynoxide runs on it.

    Raises:
        sqlite3.Error: the file is not one of this version of dynoxide, or can't be written.
    """
    script = _STATEMENTS.format(since=int(time.time()) + _CATCHING_UP, kept=_KEPT)
    with contextlib.closing(sqlite3.connect(folder / NAME, timeout=30)) as database:
        database.executescript(f"BEGIN IMMEDIATE; {script} COMMIT;")
