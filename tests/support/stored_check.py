"""Comparison of a store with what the records name, for the random operations of stored_world.py."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from functions.registry.catalog.file_lists import files_of
from functions.registry.stored import StoredVersion
from maas.domain.catalog.versions import VersionState
from maas.domain.uploads.sessions import Upload, UploadFile
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.repository import MemoryRepository

# What the name of an object beside a file ends in.
SUMMARY = ".graph.json.gz"
_FILED = frozenset({VersionState.READY, VersionState.PUBLISHED, VersionState.DEPRECATED})


class StoreCheck:
    """`contents` are all that can be sent, by digest, and `published` the digests of versions that stay."""

    def __init__(
        self,
        store: MemoryRepository,
        objects: FakeObjectStore,
        contents: Mapping[str, bytes],
        published: Mapping[tuple[str, str], Sequence[str]],
    ) -> None:
        self.store, self.objects, self._contents, self._published = store, objects, contents, published

    def check(self) -> None:
        """Compares the store with what the records name: nothing that is named is gone, and nothing else is left."""
        versions = [r for r in self.store._records.values() if isinstance(r, StoredVersion)]
        uploads = {r.id: r for r in self.store._records.values() if isinstance(r, Upload)}
        needed, reused = set[str](), set[str]()
        for version in versions:
            upload = uploads.get(version.upload_id)
            if version.state in _FILED | {VersionState.VALIDATING, VersionState.UPLOADING} and upload:
                for file in self._files(upload):
                    entry = self.store.contents.notes.get(file.storage_key)
                    used = entry.storage_key if entry else file.storage_key
                    reused |= {file.storage_key} if used != file.storage_key else set()
                    if version.state is not VersionState.UPLOADING or used != file.storage_key:
                        found = self.objects.objects[used]
                        assert found == self._contents[file.sha256], f"{used} is another file"
                    needed.add(used)
            if version.artifact:
                assert self.objects.objects[version.artifact.storage_key] == self._contents[version.artifact.sha256]
        files = {key.removesuffix(SUMMARY) for key in self.objects.objects}
        assert files <= needed, f"{files - needed} are left without a use"
        assert {key for key, _ in self.objects.open} <= {u.storage_key for u in uploads.values()}
        self._check_contents(files, reused)
        self._check_published()

    def _check_contents(self, files: set[str], reused: set[str]) -> None:
        contents = self.store.contents
        assert {entry.key for entry in contents.notes.values() if entry.is_reuse} == reused
        uses = Counter(entry.storage_key for entry in contents.notes.values() if entry.is_reuse)
        for held in contents.held.values():
            assert held.content.storage_key in files
            assert (held.uses, held.condemned) == (uses[held.content.storage_key], False)
        assert {entry.key for entry in contents.notes.values() if not entry.is_reuse} == {
            held.content.storage_key for held in contents.held.values()
        }

    def _check_published(self) -> None:
        """The reference: what was published, and whose model exists, can be read where its list says."""
        for (model_id, number), digests in self._published.items():
            versions = [r for r in self.store._records.values() if isinstance(r, StoredVersion)]
            for version in versions:
                if (version.model_id, version.version) == (model_id, number) and version.published_at:
                    assert version.artifact is not None
                    upload = self.store._records["upload", version.upload_id]
                    assert isinstance(upload, Upload)
                    files = files_of(replace(upload, files=self._files(upload)), version.artifact)
                    assert [file.sha256 for file in files] == digests
                    assert [self.objects.objects[file.file_key] for file in files] == [
                        self._contents[d] for d in digests
                    ]

    def _files(self, upload: Upload) -> tuple[UploadFile, ...]:
        return replace(upload, files=self.store._files.get(upload.id, ())).each_file
