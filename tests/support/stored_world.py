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
from maas.domain.errors import InvalidInput, MaasError
from maas.domain.identity.principals import Principal, validator
from maas.domain.removals import removal_after
from maas.domain.uploads.files import DeclaredFile
from maas.domain.uploads.possession import proof
from maas.domain.uploads.sessions import Upload, UploadState
from maas.domain.uploads.version_files import Finding
from maas.platform.request_context import actor_of
from maas.services.collecting import CollectorService
from maas.services.possession import KnownFile, Proof
from maas.services.removal import RemovalService
from maas.services.upload_parts import PartRequest
from maas.services.upload_sets import NewSet
from maas.services.uploads import NewUpload
from tests.fakes.monitoring import FakeModelTraces
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.registry import FakeRegistry
from tests.fakes.removal_queue import FakeRemovalQueue
from tests.fakes.repository import MemoryRepository
from tests.fakes.validation_queue import FakeValidationQueue
from tests.support.crashes import Crash, Crashes
from tests.support.registry_server import SIGNATURE, artifact, person
from tests.support.stored_check import SUMMARY, StoreCheck
from tests.support.stored_contents import CONTENTS, SIZES, digest_of, known_sizes
from tests.support.upload_services import upload_service

MODELS_MAX, VERSIONS_MAX = 5, 5


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
        self.at_once = False  # whether several operations run, so that one sees what another one has not ended
        self.published: dict[tuple[str, str], list[str]] = {}
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
        by, new = self._by(version.tenant_id), self._new(version.version)
        asks = isinstance(new, NewUpload) and new.unless_known
        try:
            started = await self.service.start(by, version.model_id, new)
        except InvalidInput:
            assert asks
            self.done["asked for a digest"] += 1
            raise
        if asks:
            assert self.at_once or started.upload.size not in known_sizes(self.store.contents, by.tenant_id)
            self.done["without a digest"] += 1
        if started.known and self.chance.random() < 0.7:
            await self._answer(by, started.upload, started.known)
        if self.chance.random() < 0.8:
            await self._send(by, started.upload.id)

    def _new(self, number: str) -> NewUpload | NewSet:
        """An upload of one file, or of some, of which several may have the same content."""
        instead, digests = self.chance.random() < 0.3, self.chance.choices(list(CONTENTS), k=4)
        if self.chance.random() < 0.5:
            size = len(CONTENTS[digests[0]])
            asks = self.chance.random() < 0.7
            digest = "" if asks else digests[0]
            return NewUpload(
                version=number, filename="m.onnx", size=size, sha256=digest, replace=instead, unless_known=asks
            )
        files = [
            DeclaredFile(path=f"{n}", size=len(CONTENTS[digest]), sha256=digest, main=n == 0)
            for n, digest in enumerate(digests[: self.chance.randrange(1, 5)])
        ]
        return NewSet(version=number, files=tuple(files), replace=instead)

    async def _send(self, by: Principal, upload_id: str) -> None:
        """Sends the missing files; sometimes the first one alone."""
        progress = await self.service.progress(by, upload_id)
        if progress.upload.is_set:
            missing = [PartRequest(1, path=each.file.path) for each in progress.files if not each.is_stored]
        else:
            missing = [PartRequest(number) for number in progress.missing]
        if not missing:
            return
        digests = {file.path: file.sha256 for file in progress.upload.each_file} | {"": digest_of(progress.upload)}
        for part in await self.service.sign(by, upload_id, missing):
            self.objects.put(part.url, CONTENTS[digests[part.path]], part.headers)
            if self.chance.random() < 0.1:
                return

    async def _prove(self) -> None:
        if found := await self._current():
            by, _, upload = found
            progress = await self.service.progress(by, upload.id)
            if progress.known:
                await self._answer(by, upload, progress.known)
            await self._send(by, upload.id)

    async def _answer(self, by: Principal, upload: Upload, known: tuple[KnownFile, ...]) -> None:
        """Proves some of the files."""
        texts = {file.path: CONTENTS[file.sha256] for file in upload.each_file}
        some = known if self.chance.random() < 0.7 else known[:1]
        proofs = [
            Proof(f.path, proof(f.challenge, [texts[f.path][r.offset :][: r.length] for r in f.challenge.ranges]))
            for f in some
        ]
        proved = await self.service.prove(by, upload.id, proofs)
        self.done["proved"] += bool(proved.content_key)
        self.done["companions proved"] += sum(bool(file.content_key) for file in proved.files if not file.main)

    async def _complete(self) -> None:
        if found := await self._current():
            await self.service.complete(found[0], found[2].id, "" if found[2].is_set else digest_of(found[2]))

    async def _validate(self) -> None:
        found = await self._current()
        if found is None or found[1].state is not VersionState.VALIDATING:
            return
        by, _, upload = found
        for file in upload.each_file:
            text = self.objects.objects.get(file.file_key)
            assert text is not None, f"{file.file_key} is gone while it is checked"
            assert hashlib.sha256(text).hexdigest() == file.sha256
        findings = [Finding(file.path, "text", {}) for file in upload.files if not file.main]
        outcome: Any = "refused"
        if self.chance.random() < 0.85:
            self.objects.objects[upload.file_key + SUMMARY] = b""
            outcome = replace(artifact(upload), storage_key=upload.file_key, sha256=upload.sha256, signature=SIGNATURE)
        await self.registry.record_validation(validator(by.tenant_id), upload.id, outcome, findings)

    async def _publish(self) -> None:
        version = self._version()
        if version and version.state is VersionState.READY and version.artifact:
            upload = self.store._records["upload", version.upload_id]
            assert isinstance(upload, Upload)
            listed = replace(upload, files=await self.store.upload_files(upload.id))
            self.published[version.model_id, version.version] = [file.sha256 for file in listed.each_file]
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
            await RemovalService(self.registry, self.objects, self.removals, 0, FakeModelTraces()).remove(
                replace(removal, since=0)
            )
            if removal in self.removals.sent:  # or another delivery of it was acknowledged before
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

    async def check(self) -> None:
        """Nothing that is named is gone, and nothing else is left. A size is known as long as a content has it."""
        StoreCheck(self.store, self.objects, CONTENTS, self.published).check()
        for one in self.people:
            found = {size for size in SIZES if await self.store.contents.may_have_size(one.tenant_id, size)}
            assert found == known_sizes(self.store.contents, one.tenant_id)


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
