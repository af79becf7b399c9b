"""Uploads, the remover and the collector over fakes that may crash, and what is left in the store at the end."""

import asyncio
import hashlib
import json
import random
from collections import Counter
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

from functions.registry.events import events_of
from functions.registry.ports import Change
from functions.registry.stored import StoredVersion
from maas.domain.catalog.models import NewModel
from maas.domain.catalog.version_changes import NewVersion
from maas.domain.catalog.versions import VersionState
from maas.domain.clock import now
from maas.domain.collections import Collection, Stage
from maas.domain.errors import MaasError
from maas.domain.identity.principals import Principal, validator
from maas.domain.removals import removal_after
from maas.domain.uploads.possession import proof
from maas.domain.uploads.sessions import Upload, UploadState
from maas.platform.request_context import actor_of
from maas.services.collecting import CollectorService
from maas.services.possession import KnownFile, Proof
from maas.services.removal import RemovalService
from maas.services.uploads import NewUpload
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.registry import FakeRegistry
from tests.fakes.removal_queue import FakeRemovalQueue
from tests.fakes.repository import MemoryRepository
from tests.fakes.validation_queue import FakeValidationQueue
from tests.support.crashes import Crash, Crashes
from tests.support.registry_server import SIGNATURE, artifact, person
from tests.support.upload_services import upload_service

CONTENTS = {hashlib.sha256(text).hexdigest(): text for text in (b"content %d" % n for n in range(5))}
SUMMARY = ".graph.json.gz"
MODELS_MAX, VERSIONS_MAX = 5, 5
_FILED = frozenset({VersionState.READY, VersionState.PUBLISHED, VersionState.DEPRECATED})


class StoredWorld:
    """Random operations of two organizations. `published` is the reference: the contents of versions that must stay."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.store, self.objects = MemoryRepository(), FakeObjectStore()
        self.removals, self.crashes = FakeRemovalQueue(), Crashes(self.chance)
        self.registry = FakeRegistry(self.store)
        self.people = [person(), person()]
        self.service = upload_service(self.registry, self.objects, FakeValidationQueue(), 1000)
        self.done: Counter[str] = Counter()
        self.published: dict[tuple[str, str], str] = {}
        self._relay()
        self.crashes.inject(self.store, ["commit", "purge"])
        self.crashes.inject(self.store.contents, ["add", "reuse", "drop", "condemn", "forget"])
        self.crashes.inject(self.objects, ["begin", "finish", "abort", "remove"])
        self.crashes.inject(self.removals, ["send", "continue_collection"])

    def _relay(self) -> None:
        """Queues removals after commits as the relay does, but loses a third of them."""
        commit, send = self.store.commit, self.removals.send

        async def relayed(*changes: Change, by: Principal) -> None:
            await commit(*changes, by=by)
            for event in events_of(changes, actor_of(by)):
                plain = json.loads(json.dumps(asdict(event), default=str))
                removal = removal_after(plain)
                if removal and self.chance.random() < 0.67:
                    send(removal)

        self.store.commit = relayed  # type: ignore[method-assign]

    async def operate(self) -> None:
        """One random operation, which may be refused or crash."""
        name = self.chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
        try:
            await getattr(self, f"_{name}")()
        except Crash:
            self.done["crash"] += 1
        except MaasError:
            self.done["refused"] += 1
        else:
            self.done[name] += 1

    def _version(self) -> StoredVersion | None:
        found = [r for r in self.store._records.values() if isinstance(r, StoredVersion) and self._exists(r.model_id)]
        return self.chance.choice(found) if found else None

    def _exists(self, model_id: str) -> bool:
        return ("model", model_id) in self.store._records

    def _by(self, tenant_id: str) -> Principal:
        return next(one for one in self.people if one.tenant_id == tenant_id)

    async def _current(self) -> tuple[Principal, StoredVersion, Upload] | None:
        version = self._version()
        if version is None or not version.upload_id:
            return None
        by = self._by(version.tenant_id)
        return by, version, await self.registry.get_upload(by, version.upload_id)

    async def _create(self) -> None:
        by = self.chance.choice(self.people)
        models = [key[1] for key in self.store._records if key[0] == "model"]
        if len(models) < MODELS_MAX:
            await self.registry.create_model(by, NewModel(name=f"m{self.chance.random()}", framework="onnx"))

    async def _draft(self) -> None:
        models = [record for key, record in self.store._records.items() if key[0] == "model"]
        if models:
            model = self.chance.choice(models)
            number = f"1.{self.chance.randrange(VERSIONS_MAX)}.0"
            await self.registry.create_version(self._by(model.tenant_id), model.id, NewVersion(version=number))  # type: ignore[union-attr]

    async def _start(self) -> None:
        version = self._version()
        if version is None:
            return
        digest = self.chance.choice(list(CONTENTS))
        size, instead = len(CONTENTS[digest]), self.chance.random() < 0.3
        new = NewUpload(version=version.version, filename="m.onnx", size=size, sha256=digest, replace=instead)
        by = self._by(version.tenant_id)
        started = await self.service.start(by, version.model_id, new)
        if started.known and self.chance.random() < 0.7:
            await self._answer(by, started.upload, started.known)
        elif self.chance.random() < 0.8:
            for part in started.urls:
                self.objects.put(part.url, CONTENTS[digest], part.headers)

    async def _prove(self) -> None:
        if found := await self._current():
            by, _, upload = found
            progress = await self.service.progress(by, upload.id)
            if progress.known:
                await self._answer(by, upload, progress.known)

    async def _answer(self, by: Principal, upload: Upload, known: tuple[KnownFile, ...]) -> None:
        text = CONTENTS[upload.sha256]
        proofs = [
            Proof(f.path, proof(f.challenge, [text[r.offset :][: r.length] for r in f.challenge.ranges])) for f in known
        ]
        self.done["proved"] += bool((await self.service.prove(by, upload.id, proofs)).content_key)

    async def _complete(self) -> None:
        if found := await self._current():
            await self.service.complete(found[0], found[2].id)

    async def _validate(self) -> None:
        found = await self._current()
        if found is None or found[1].state is not VersionState.VALIDATING:
            return
        by, _, upload = found
        text = self.objects.objects.get(upload.file_key)
        assert text is not None, f"{upload.file_key} is gone while it is checked"
        assert hashlib.sha256(text).hexdigest() == upload.sha256
        outcome: Any = "refused"
        if self.chance.random() < 0.85:
            self.objects.objects[upload.file_key + SUMMARY] = b""
            outcome = replace(artifact(upload), storage_key=upload.file_key, sha256=upload.sha256, signature=SIGNATURE)
        await self.registry.record_validation(validator(by.tenant_id), upload.id, outcome)

    async def _publish(self) -> None:
        version = self._version()
        if version and version.state is VersionState.READY and version.artifact:
            self.published[version.model_id, version.version] = version.artifact.sha256
            await self.registry.publish_version(
                self._by(version.tenant_id), version.model_id, version.version, "why not"
            )

    async def _delete_version(self) -> None:
        if version := self._version():
            await self.registry.delete_version(self._by(version.tenant_id), version.model_id, version.version)

    async def _delete_model(self) -> None:
        if version := self._version():
            await self.registry.delete_model(self._by(version.tenant_id), version.model_id)

    async def _abort(self) -> None:
        if found := await self._current():
            await self.service.abort(found[0], found[2].id)

    async def _expire(self) -> None:
        found = await self._current()
        if found and found[2].state is UploadState.OPEN:
            stored = self.store._records["upload", found[2].id]
            assert isinstance(stored, Upload)
            self.store._records["upload", stored.id] = replace(stored, expires_at=now() - timedelta(seconds=1))

    async def _remove(self) -> None:
        if self.removals.sent:
            removal = self.removals.sent[0]
            await RemovalService(self.registry, self.objects, self.removals, 0).remove(replace(removal, since=0))
            self.removals.sent.remove(removal)  # acknowledged, unless the process crashed before

    async def _collect(self) -> None:
        step = self.removals.steps.pop(0) if self.removals.steps else Collection(run="r")
        await self._collector().collect(step)

    def _collector(self) -> CollectorService:
        return CollectorService(self.registry, self.objects, self.removals, self.removals, 0)

    async def settle(self) -> None:
        """Runs without crashes until nothing is left to do: purges, collections and removals."""
        rate, self.crashes.rate = self.crashes.rate, 0.0
        await asyncio.sleep(0.003)  # an upload of this very millisecond counts as under way
        for model_id in await self.store.purges(until=now(), limit=100):
            await self.store.purge(model_id)
        for _ in range(3):
            self.removals.steps = [Collection(run="settled")]
            while self.removals.steps and self.removals.steps[0].stage is not Stage.DONE:
                await self._collector().collect(self.removals.steps.pop(0))
            while self.removals.sent:
                await self._remove()
        self.crashes.rate = rate

    def check(self) -> None:
        """Compares the store with what the records name: nothing that is named is gone, and nothing else is left."""
        versions = [r for r in self.store._records.values() if isinstance(r, StoredVersion)]
        uploads = {r.id: r for r in self.store._records.values() if isinstance(r, Upload)}
        needed, reused = set[str](), set[str]()
        for version in versions:
            upload = uploads.get(version.upload_id)
            if version.state in _FILED | {VersionState.VALIDATING, VersionState.UPLOADING} and upload:
                entry = self.store.contents.notes.get(upload.storage_key)
                used = entry.storage_key if entry else upload.storage_key
                reused |= {upload.storage_key} if used != upload.storage_key else set()
                if version.state is not VersionState.UPLOADING or used != upload.storage_key:
                    assert self.objects.objects[used] == CONTENTS[upload.sha256], f"{used} is gone or another file"
                needed.add(used)
            if version.artifact:
                assert self.objects.objects[version.artifact.storage_key] == CONTENTS[version.artifact.sha256]
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
        """The reference: what was published, and whose model exists, can be read."""
        for (model_id, number), digest in self.published.items():
            versions = [r for r in self.store._records.values() if isinstance(r, StoredVersion)]
            for version in versions:
                if (version.model_id, version.version) == (model_id, number) and version.published_at:
                    assert version.artifact is not None
                    assert version.artifact.sha256 == digest
                    assert self.objects.objects[version.artifact.storage_key] == CONTENTS[digest]


_WEIGHTS = {
    "create": 6,
    "draft": 16,
    "start": 26,
    "prove": 8,
    "complete": 16,
    "validate": 20,
    "publish": 0.6,
    "delete_version": 3,
    "delete_model": 0.4,
    "abort": 2,
    "expire": 1,
    "remove": 12,
    "collect": 6,
}
