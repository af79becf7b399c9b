"""Buckets, the versions of their objects, and multipart uploads in progress.

Not saved: access lists other than the default, locks of single objects, and what a bucket is told about logs,
notifications, replication, websites, acceleration and inventories. A completed object does not keep the borders of its
parts.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from moto.s3.models import FakeDeleteMarker, FakeKey, S3Backend

from local.servers.moto.calls import Call
from local.servers.moto.documents import Document, loads
from local.servers.moto.saved import buckets, noted
from local.servers.moto.saved.bodies import Bodies, Gone
from local.servers.moto.saved.service import SavedService
from local.servers.moto.saved.versions import Value, Versions


class Objects(SavedService):
    """The buckets of one backend."""

    name = "s3"

    def __init__(self, backend: S3Backend, bodies: Bodies) -> None:
        super().__init__()
        self._backend = backend
        self._bodies = bodies
        self._versions = Versions(backend, bodies)
        self._contents: dict[str, set[str]] = {}  # names of contents, by the key of the document that has them
        self._unused: set[str] = set()
        self._changed: noted.Objects = set()  # objects that are not on disk yet

    def prepare(self) -> None:
        """Writes new contents of the call. They may be large, so calls do this concurrently."""
        for name, key in noted.of_call():
            for version in self._versions_of(name, key):
                self._write(version)
        for bucket in [*self._backend.buckets.values()]:
            for upload in [*bucket.multiparts.values()]:
                for part in [*upload.parts.values()]:
                    self._write(part)

    def _write(self, version: FakeKey | FakeDeleteMarker) -> None:
        if isinstance(version, FakeKey):
            with contextlib.suppress(Gone):
                self._bodies.name(version)

    def load(self, documents: Iterable[Document]) -> None:
        super().load(documents)
        self._changed.clear()

    def restore(self, values: Mapping[str, Any]) -> None:
        for key, value in values.items():
            kind, _, rest = key.partition("/")
            name, _, what = rest.partition("/")
            if kind == "bucket":
                buckets.put(self._backend, name, value)
            elif kind == "upload":
                self._backend.buckets[name].multiparts[what] = self._versions.upload(what, value)
            else:
                versions = [self._versions.version(name, what, each) for each in value["versions"]]
                self._backend.buckets[name].keys.setlist(what, versions)
        self._contents = {key: _contents(value) for key, value in values.items()}
        self._bodies.keep_only(set().union(*self._contents.values()))

    def changes(self, _call: Call) -> Mapping[str, str | None]:
        self._take_notes()
        among = {key for key in self._contents if not key.startswith("object/")}
        among.update(f"object/{bucket}/{key}" for bucket, key in self._changed)
        found = self.saved.changes(self.documents(), among)
        for key, text in found.items():
            names = _contents(loads(text)) if text is not None else set()
            self._unused |= self._contents.pop(key, set()) - names
            self._contents[key] = names
        return found

    def written(self) -> None:
        super().written()
        self._changed.clear()
        self._bodies.remove(self._unused)
        self._unused = set()

    def documents(self) -> Iterator[Document]:
        """Yields buckets, uploads, and the objects that have changed."""
        self._take_notes()
        for name, bucket in [*self._backend.buckets.items()]:
            yield f"bucket/{name}", buckets.value(self._backend, bucket)
            for upload_id, upload in [*bucket.multiparts.items()]:
                yield f"upload/{name}/{upload_id}", self._versions.upload_value(upload)
        for name, key in self._changed:
            if versions := [*self._versions.values(self._versions_of(name, key))]:
                yield f"object/{name}/{key}", {"versions": versions}

    def _take_notes(self) -> None:
        self._changed |= noted.of_call()
        noted.of_call().clear()

    def _versions_of(self, bucket: str, key: str) -> list[FakeKey | FakeDeleteMarker]:
        found = self._backend.buckets.get(bucket)
        return [*found.keys.getlist(key, [])] if found else []


def _contents(value: Value) -> set[str]:
    """The names of the contents that a document has."""
    parts = [*value.get("versions", []), *value.get("parts", {}).values()]
    return {part["content"] for part in parts if "content" in part}
