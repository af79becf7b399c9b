"""Writes what a stack stores into an archive.

The tables are those of one moment, and objects never change. So the archive is of that moment if it has every object
that the tables name. An object that was removed meanwhile is not looked for any more: then the tables of a later moment
are taken.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from local.archives.manifest import HEADERS, SECRETS, Entry, now
from local.archives.place import Place, problems
from local.archives.progress import Progress
from local.archives.records import TABLES, Contents, File, Item, bucket_of, contents
from local.archives.sources import Source
from local.archives.writing import Unreadable, Writer
from local.console import say
from local.errors import StackError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_ROUNDS = 10
# MinIO's answers for an object whose description or content is damaged on its disk. If it was busy, it takes the second
# reading.
_FAILED = {"InternalError", "SlowDownRead"}
_UNREADABLE = "the store can't read its file"
_ABSENT = {"NoSuchKey", "NoSuchVersion", "404"}
_STAGES = ("AWSPREVIOUS", "AWSCURRENT", "AWSPENDING")


@dataclass(slots=True)
class Saving:
    """One backup in the making."""

    source: Source
    writer: Writer
    folder: Path
    progress: Progress
    _done: set[File] = field(default_factory=set)

    async def run(self) -> None:
        """Writes everything.

        Raises:
            StackError: a store refused a call, models are deleted too fast, or the disk is too small.
            OSError: the archive can't be written.
        """
        missing: dict[File, str] = {}
        for _ in range(_ROUNDS):
            async with self.source.tables(self.folder) as dynamodb:
                await self.progress.run(partial(self._read_tables, dynamodb))
            found = await self.progress.run(partial(contents, self._items))
            before, missing = missing, await self.progress.run(partial(self._copy, found.files))
            if missing.keys() <= before.keys():  # named before and after they were looked for, so nobody removed them
                self.lost.extend(sorted(f"{file.owner}: {reason}" for file, reason in missing.items()))
                await self.progress.run(partial(self._finish, found))
                return
            say(f"files could not be read ({len(missing)}): reading the tables once more, and then these files")
        raise StackError("files are removed faster than they can be copied: try again later")

    def _items(self) -> Iterator[Item]:
        for table in TABLES:
            with _lines(self.folder, table).open("rb") as lines:
                yield from map(json.loads, lines)

    def _read_tables(self, dynamodb: "DynamoDBClient") -> None:
        self.progress.step("reading the tables")
        self.writer.manifest.created = now()
        with problems():
            for table in TABLES:
                with _lines(self.folder, table).open("wb") as lines:
                    for item in scan(dynamodb, self.source.place.tables[table]):
                        line = json.dumps(item, separators=(",", ":"), sort_keys=True).encode() + b"\n"
                        self.progress.add(lines.write(line))

    @property
    def lost(self) -> list[str]:
        """The manifest's list of files that are not in the archive, or not as they were recorded."""
        return self.writer.manifest.lost

    def _copy(self, files: list[File]) -> dict[File, str]:
        """Adds the files that the archive does not have yet. Returns those that can't be had, with the reason."""
        wanted = [file for file in files if file not in self._done]
        self.progress.step("copying files")
        return {file: reason for file in wanted if (reason := self._add(file))}

    def _add(self, file: File) -> str:
        """Adds a file. Returns why it can't be had; nothing if it can, or need not be there."""
        with problems():
            try:
                entry = self._copied(file)
            except ClientError as error:
                if error.response["Error"]["Code"] in _ABSENT:
                    return "" if file.optional else "its file is not in the store"
                if error.response["Error"]["Code"] not in _FAILED:
                    raise
                return _UNREADABLE
            except Unreadable:
                return _UNREADABLE
        self._done.add(file)
        if file.sha256 not in ("", entry.sha256):
            self.lost.append(f"{file.owner}: its file in the store has another SHA-256 than its record")
        return ""

    def _copied(self, file: File) -> Entry:
        """Adds the content of a file to the archive."""
        version: Any = {"VersionId": file.version} if file.version else {}
        bucket = self.source.place.buckets[bucket_of(file.key)]
        answer = self.source.place.s3.get_object(Bucket=bucket, Key=file.key, **version)
        if (size := answer["ContentLength"]) > (free := shutil.disk_usage(self.folder).free):
            raise StackError(f"the disk is full: a file has {size} bytes, and {free} are free")
        headers = {name: answer[name] for name in HEADERS if answer.get(name)}  # type: ignore[literal-required]
        about = {"key": file.key, "version": file.version, "headers": headers}
        return self.writer.add(f"objects/{len(self._done):06}", size, answer["Body"], **about)

    def _finish(self, found: Contents) -> None:
        """Adds everything but the files."""
        for table in TABLES:
            self.writer.add_file(f"tables/{table}.jsonl", _lines(self.folder, table))
        secrets = self.folder / SECRETS
        secrets.write_text(json.dumps(secret_values(self.source.place)))
        self.writer.add_file(SECRETS, secrets)
        files = len(self.writer.manifest.objects())
        self.writer.manifest.counts |= {**found.counts, "files": files, "validating": len(found.validating)}
        self.writer.close()


def scan(dynamodb: "DynamoDBClient", table: str) -> Iterator[Item]:
    """All items of a table."""
    for page in dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from page["Items"]


def secret_values(place: Place) -> dict[str, dict[str, str]]:
    """The values of the signing secrets by logical id and stage."""
    found: dict[str, dict[str, str]] = {}
    with problems():
        for name, secret in place.secret_ids.items():
            stages = {
                stage
                for stages in place.secrets.describe_secret(SecretId=secret)["VersionIdsToStages"].values()
                for stage in stages
            }
            found[name] = {
                stage: place.secrets.get_secret_value(SecretId=secret, VersionStage=stage)["SecretString"]
                for stage in _STAGES
                if stage in stages
            }
    return found


def _lines(folder: Path, table: str) -> Path:
    return folder / f"{table}.jsonl"
