"""Reads an archive. Nothing is unpacked: entries are streams, and only those that the manifest lists are read."""

import contextlib
import hashlib
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from pydantic import TypeAdapter

from local.archives.manifest import DIGEST, NAME, SECRETS, ArchiveManifest, Entry
from local.archives.progress import Progress
from local.archives.records import AUDIT, TABLES, Item, contents
from local.errors import StackError

_CHUNK = 1024 * 1024
_MANIFEST_MAX = 1024 * _CHUNK
_ITEM = TypeAdapter(dict[str, dict[str, Any]])  # attributes, each with its type, in DynamoDB's JSON
_SECRETS = TypeAdapter(dict[str, dict[str, str]])


class Reader:
    """An open archive whose list of entries is whole."""

    def __init__(self, file: Path, tar: tarfile.TarFile) -> None:
        """Raises StackError if this is no archive of ours, or not all of one."""
        self._file, self._tar = file, tar
        with self._damage():
            members = tar.getmembers()
        self._members = {member.name: member for member in members if member.isfile()}
        if not {NAME, DIGEST} <= self._members.keys():
            raise StackError(f"{file} is not a backup of MaaS, or only the first part of one")
        with self._damage():
            self.manifest = self._manifest()
            expected = [NAME, DIGEST, *(entry.name for entry in self.manifest.entries)]
            if sorted(expected) != sorted(member.name for member in members) or len(self._members) != len(members):
                raise ValueError("entries")

    @classmethod
    @contextlib.contextmanager
    def opened(cls, file: Path) -> Iterator["Reader"]:
        """Opens the file. Raises StackError if it can't be read, or is not a whole archive of this schema."""
        try:
            tar = tarfile.open(file, "r:")  # noqa: SIM115 - closed below
        except tarfile.ReadError as error:
            raise StackError(f"{file} is not a backup of MaaS") from error
        except OSError as error:
            raise StackError(f"{file} can't be read: {error.strerror or error}") from error
        with tar:
            yield cls(file, tar)

    def verify(self, progress: Progress) -> None:
        """Compares every entry with its digest, and reads all records. Raises StackError if something is wrong."""
        progress.step("checking the archive", sum(entry.size for entry in self.manifest.entries))
        for entry in self.manifest.entries:
            digest = hashlib.sha256()
            with self._damage(), self.open(entry) as stream:
                while chunk := stream.read(_CHUNK):
                    digest.update(chunk)
                    progress.add(len(chunk))
            if digest.hexdigest() != entry.sha256 or self._members[entry.name].size != entry.size:
                raise self._damaged(f"{entry.name} does not have its SHA-256")
        self.secrets()
        with self._damage():
            contents(self.all_items)

    def open(self, entry: Entry) -> IO[bytes]:
        """The content of an entry, as a stream that can seek."""
        return self._stream(entry.name)

    def items(self, table: str) -> Iterator[Item]:
        """The items of a table. Archives of earlier releases have no audit log."""
        if table == AUDIT and all(entry.name != f"tables/{table}.jsonl" for entry in self.manifest.entries):
            return
        entry = self._entry(f"tables/{table}.jsonl")
        with self._damage(), self.open(entry) as lines:
            for line in lines:
                yield _ITEM.validate_json(line)

    def all_items(self) -> Iterator[Item]:
        """The items of all tables."""
        for table in TABLES:
            yield from self.items(table)

    def secrets(self) -> dict[str, dict[str, str]]:
        """The values of the signing secrets by logical id and stage."""
        with self._damage(), self.open(self._entry(SECRETS)) as content:
            return _SECRETS.validate_json(content.read())

    def _entry(self, name: str) -> Entry:
        with self._damage():
            return next(entry for entry in self.manifest.entries if entry.name == name)

    def _manifest(self) -> ArchiveManifest:
        text, digest = self._small(NAME), self._small(DIGEST)
        if hashlib.sha256(text).hexdigest().encode() != digest:
            raise ValueError("digest")
        return ArchiveManifest.parse(text)

    def _small(self, name: str) -> bytes:
        if self._members[name].size > _MANIFEST_MAX:
            raise ValueError("size")
        return self._stream(name).read()

    def _stream(self, name: str) -> IO[bytes]:
        found = self._tar.extractfile(self._members[name])
        assert found is not None
        return found

    @contextlib.contextmanager
    def _damage(self) -> Iterator[None]:
        """Raises StackError for content that can't be read."""
        try:
            yield
        except (tarfile.TarError, ValueError, KeyError, TypeError, AttributeError, StopIteration, EOFError) as error:
            raise self._damaged("its list of entries or an entry can't be read") from error

    def _damaged(self, problem: str) -> StackError:
        return StackError(f"{self._file} is damaged: {problem}; use another backup")
