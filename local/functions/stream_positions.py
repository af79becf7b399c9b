"""Where the processing of a stream stands, in a file, so that a restarted stack goes on after it."""

import json
from collections.abc import Collection
from pathlib import Path

from local.console import say
from local.data.manifest import write_atomically


class StreamPositions:
    """The sequence number of the last processed record in each shard of one stream.

    Positions in another stream, for example of a table that was deleted, count for nothing.
    """

    def __init__(self, file: Path, stream_arn: str) -> None:
        self._file = file
        self._stream_arn = stream_arn
        self._shards = self._read()

    def after(self, shard: str) -> str | None:
        """The sequence number of the shard's last processed record, or None if none was processed."""
        return self._shards.get(shard)

    def advance(self, shard: str, sequence_number: str) -> None:
        """Stores that all records of the shard up to this one were processed.

        On a full disk it is only kept in mind: after a restart the records since then are delivered again.
        """
        self._shards[shard] = sequence_number
        try:
            self._write()
        except OSError as error:
            say(f"{self._file} can't be written: {error.strerror}")

    def _write(self) -> None:
        content = json.dumps({"stream": self._stream_arn, "shards": self._shards}, indent=2)
        write_atomically(self._file, content)

    def forget(self, shard: str) -> None:
        """Starts the shard again at its oldest record."""
        self._shards.pop(shard, None)

    def keep(self, shards: Collection[str]) -> None:
        """Drops the positions in all other shards. The next `advance` stores it."""
        self._shards = {shard: position for shard, position in self._shards.items() if shard in shards}

    def _read(self) -> dict[str, str]:
        try:
            stored = json.loads(self._file.read_text())
            return {**stored["shards"]} if stored["stream"] == self._stream_arn else {}
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError, KeyError):
            say(f"{self._file} is damaged: events of the last 24 hours are delivered again")
            return {}
