"""Files that the organization has are not sent again, and whoever knows only a digest gets and learns nothing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from maas.domain.catalog.models import NewModel
from maas.domain.catalog.version_changes import NewVersion
from maas.domain.catalog.versions import VersionState
from maas.domain.errors import InvalidInput, NotFound, WrongState
from maas.domain.identity.principals import Principal, Role, validator
from maas.domain.ids import new_id
from maas.domain.removals import Removal
from maas.domain.uploads.possession import proof
from maas.domain.uploads.sessions import Upload, UploadState
from maas.services.possession import KnownFile, PossessionService, Proof
from maas.services.removal import RemovalService
from maas.services.uploads import Started
from tests.fakes.monitoring import FakeModelTraces
from tests.fakes.removal_queue import FakeRemovalQueue
from tests.support.upload_services import SECRETS
from tests.support.upload_world import ADA, CONTENT, EVE, SHA256, UploadWorld, artifact, make_world, new_upload


class World(UploadWorld):
    """A world whose version 1.0.0 is ready with CONTENT."""

    async def begin(self, number: str, by: Principal = ADA, model_id: str = "", **changes: Any) -> Started:
        """Starts an upload of CONTENT to a new draft."""
        model_id = model_id or self.model_id
        await self.registry.create_version(by, model_id, NewVersion(version=number))
        return await self.service.start(by, model_id, new_upload(version=number, **changes))

    async def prove(self, upload: Upload, known: Sequence[KnownFile], content: bytes = CONTENT) -> Upload:
        return await self.service.prove(ADA, upload.id, [answer(file, content) for file in known])

    async def checked(self, upload: Upload) -> None:
        """Completes an upload and records its successful validation."""
        await self.service.complete(ADA, upload.id)
        current = await self.registry.get_upload(ADA, upload.id)
        found = replace(artifact(upload), storage_key=current.file_key)
        await self.registry.record_validation(validator(ADA.tenant_id), upload.id, found)

    async def removed(self, *places: Removal) -> None:
        """Removes what has no use at the places, and wherever that leads to."""
        queue = FakeRemovalQueue()
        waiting = list(places)
        while waiting:
            await RemovalService(self.registry, self.objects, queue, 0, FakeModelTraces()).remove(
                replace(waiting.pop(), since=0)
            )
            waiting += queue.sent
            queue.sent.clear()


def answer(file: KnownFile, content: bytes) -> Proof:
    parts = [content[r.offset : r.offset + r.length] for r in file.challenge.ranges]
    return Proof(file.path, proof(file.challenge, parts))


def place(world: World, number: str = "") -> Removal:
    return Removal(tenant_id=ADA.tenant_id, model_id=world.model_id, version=number, since=0)


@pytest.fixture
async def world() -> World:
    base = await make_world()
    found = World(base.model_id, base.registry)
    await found.ready()
    return found


async def test_a_file_that_is_known_is_not_sent_again(world: World) -> None:
    before = dict(world.objects.objects)
    started = await world.begin("1.1.0")
    (file,) = started.known
    assert file.path == "m.onnx"
    upload = await world.prove(started.upload, started.known)
    assert upload.content_key in before
    await world.checked(upload)
    assert (world.objects.objects, world.objects.open) == (before, {})
    found = await world.downloads.download(ADA, world.model_id, "1.1.0")
    assert world.objects.get(found.url) == CONTENT


async def test_a_client_that_ignores_the_challenge_sends_the_file(world: World) -> None:
    started = await world.begin("1.1.0")
    world.put(started.urls)
    await world.checked(started.upload)
    version = await world.registry.get_version(ADA, world.model_id, "1.1.0")
    assert version.artifact is not None
    assert version.artifact.storage_key == started.upload.storage_key
    assert len([key for key in world.objects.objects if not key.endswith(".gz")]) == 2


async def test_an_upload_that_broke_off_shows_the_challenge_again(world: World) -> None:
    started = await world.begin("1.1.0")
    progress = await world.service.progress(ADA, started.upload.id)
    assert progress.known == started.known
    await world.prove(started.upload, progress.known)
    again = await world.service.progress(ADA, started.upload.id)
    assert (again.known, again.missing, again.upload.content_key != "") == ((), (), True)


async def test_a_repeated_proof_changes_nothing(world: World) -> None:
    started = await world.begin("1.1.0")
    first = await world.prove(started.upload, started.known)
    assert await world.prove(started.upload, started.known) == first
    with pytest.raises(WrongState, match="complete the upload"):
        await world.service.sign(ADA, started.upload.id, [])
    await world.checked(started.upload)
    with pytest.raises(WrongState):
        await world.prove(started.upload, started.known)


@pytest.mark.parametrize("content", [b"", SHA256.encode(), bytes(len(CONTENT)), CONTENT.replace(b"a", b"b")])
async def test_another_content_proves_nothing(world: World, content: bytes) -> None:
    started = await world.begin("1.1.0")
    with pytest.raises(InvalidInput) as caught:
        await world.prove(started.upload, started.known, content)
    assert (caught.value.fields[0].field, caught.value.fields[0].rule) == ("proofs[0].proof", "proof")
    assert (await world.registry.get_upload(ADA, started.upload.id)).content_key == ""
    world.put(started.urls)
    await world.checked(started.upload)
    assert (await world.registry.get_version(ADA, world.model_id, "1.1.0")).state is VersionState.READY


async def test_an_answer_for_one_upload_is_none_for_another(world: World) -> None:
    first, second = await world.begin("1.1.0"), await world.begin("1.2.0")
    copied = [answer(file, CONTENT) for file in first.known]
    with pytest.raises(InvalidInput):
        await world.service.prove(ADA, second.upload.id, copied)


@pytest.mark.parametrize(
    ("paths", "broken"),
    [
        ([], ("proofs", "min_items")),
        (["m.onnx", "m.onnx"], ("proofs[1].path", "repeated")),
        (["other"], ("proofs[0].path", "exists")),
        ([f"{n}" for n in range(101)], ("proofs", "max_items")),
    ],
)
async def test_bad_proofs_are_named(world: World, paths: list[str], broken: tuple[str, str]) -> None:
    started = await world.begin("1.1.0")
    with pytest.raises(InvalidInput) as caught:
        await world.service.prove(ADA, started.upload.id, [Proof(path, "0") for path in paths])
    assert (caught.value.fields[0].field, caught.value.fields[0].rule) == broken


async def test_a_digest_of_another_size_is_not_known(world: World) -> None:
    started = await world.begin("1.1.0", size=len(CONTENT) - 1)
    assert started.known == ()
    assert (await world.begin("1.2.0", sha256="")).known == ()


async def test_another_organization_cannot_tell_a_known_digest_from_an_unknown_one(world: World) -> None:
    theirs = await world.registry.create_model(EVE, NewModel(name="copy", framework="onnx"))
    work: list[Counter[str]] = []
    answers = []
    for number, digest in (("1.0.0", SHA256), ("1.1.0", "cd" * 32)):
        with counted(world) as calls:
            started = await world.begin(number, EVE, theirs.id, sha256=digest)
            with pytest.raises(InvalidInput) as caught:
                await world.service.prove(EVE, started.upload.id, [Proof("m.onnx", "0" * 64)])
        work.append(calls)
        answers.append((started.known, len(started.urls), str(caught.value), caught.value.fields))
    assert answers[0] == answers[1]
    assert work[0] == work[1]
    assert sum(work[0].values()) > 5


class counted:  # noqa: N801 - used like a function
    """Counts the calls of the store's and the table's methods within the block."""

    def __init__(self, world: World) -> None:
        self._world, self._calls = world, Counter[str]()
        self._undo: list[tuple[Any, str, Any]] = []

    def __enter__(self) -> Counter[str]:
        repository = self._world.registry._repository
        for target in (repository, repository.contents, self._world.objects):
            for name in dir(type(target)):
                if not name.startswith("_") and callable(getattr(target, name)):
                    self._count(target, name)
        return self._calls

    def _count(self, target: Any, name: str) -> None:
        original = getattr(target, name)

        def called(*args: Any, **kwargs: Any) -> Any:
            self._calls[f"{type(target).__name__}.{name}"] += 1
            return original(*args, **kwargs)

        self._undo.append((target, name, original))
        setattr(target, name, called)

    def __exit__(self, *_: object) -> None:
        for target, name, _original in self._undo:
            delattr(target, name)


async def test_a_guest_with_a_grant_has_to_send_the_file(world: World) -> None:
    guest = replace(EVE, grants={world.model_id: frozenset({Role.DEVELOPER})})
    started = await world.begin("1.1.0", guest)
    assert started.known == ()
    own = await world.begin("1.2.0")
    with pytest.raises(InvalidInput):
        await world.service.prove(guest, own.upload.id, [answer(file, CONTENT) for file in own.known])


async def test_a_file_stays_while_another_upload_uses_it(world: World) -> None:
    """Its own version is deleted, then the other one; each time what has no use any more goes."""
    started = await world.begin("1.1.0")
    upload = await world.prove(started.upload, started.known)
    await world.checked(upload)
    await world.registry.delete_version(ADA, world.model_id, "1.0.0")
    await world.removed(place(world, "1.0.0"))
    found = await world.downloads.download(ADA, world.model_id, "1.1.0")
    assert world.objects.get(found.url) == CONTENT
    await world.registry.delete_version(ADA, world.model_id, "1.1.0")
    await world.removed(place(world, "1.1.0"))
    assert world.objects.objects == {}
    assert await world.registry._repository.contents.entries("models/", limit=9) == []
    assert (await world.begin("1.2.0")).known == ()


async def test_a_deleted_model_keeps_what_other_models_use(world: World) -> None:
    other = await world.registry.create_model(ADA, NewModel(name="other", framework="onnx"))
    started = await world.begin("1.0.0", model_id=other.id)
    await world.checked(await world.prove(started.upload, started.known))
    await world.registry.delete_model(ADA, world.model_id)
    await world.removed(place(world))
    found = await world.downloads.download(ADA, other.id, "1.0.0")
    assert world.objects.get(found.url) == CONTENT
    await world.registry.delete_model(ADA, other.id)
    await world.removed(replace(place(world), model_id=other.id))
    assert world.objects.objects == {}


async def test_an_open_upload_keeps_the_file_that_it_has_proved(world: World) -> None:
    started = await world.begin("1.1.0")
    await world.prove(started.upload, started.known)
    await world.registry.delete_version(ADA, world.model_id, "1.0.0")
    await world.removed(place(world, "1.0.0"))
    await world.checked(started.upload)
    found = await world.downloads.download(ADA, world.model_id, "1.1.0")
    assert world.objects.get(found.url) == CONTENT


async def test_a_condemned_file_is_not_given_to_a_late_proof(world: World) -> None:
    started = await world.begin("1.1.0")
    await world.registry.delete_version(ADA, world.model_id, "1.0.0")
    await world.removed(place(world, "1.0.0"))
    with pytest.raises(InvalidInput) as caught:
        await world.prove(started.upload, started.known)
    assert caught.value.fields[0].field == "proofs[0].path"
    assert world.objects.objects == {}
    world.put(started.urls)
    await world.checked(started.upload)
    (content,) = await world.registry.find_contents(ADA, world.model_id, [SHA256])
    assert content.storage_key == started.upload.storage_key


async def test_a_file_that_is_gone_is_sent_again(world: World) -> None:
    """Somebody has removed it by hand."""
    started = await world.begin("1.1.0")
    world.objects.objects.clear()
    with pytest.raises(InvalidInput) as caught:
        await world.prove(started.upload, started.known)
    assert (caught.value.fields[0].field, caught.value.fields[0].rule) == ("proofs[0].path", "exists")


async def test_a_challenge_of_the_secret_before_can_be_answered(world: World) -> None:
    class Rotated:
        def current(self) -> bytes:
            return b"new" * 11

        def accepted(self) -> list[bytes]:
            return [b"new" * 11, *SECRETS.accepted()]

    started = await world.begin("1.1.0")
    service = PossessionService(world.registry, world.objects, Rotated())
    assert (await service.known(ADA, started.upload))[0].challenge != started.known[0].challenge
    upload = await service.prove(ADA, started.upload.id, [answer(file, CONTENT) for file in started.known])
    assert upload.content_key != ""


async def test_an_upload_that_is_not_there_proves_nothing(world: World) -> None:
    with pytest.raises(NotFound):
        await world.service.prove(ADA, new_id(), [Proof("m.onnx", "0")])
    started = await world.begin("1.1.0")
    with pytest.raises(NotFound):
        await world.service.prove(EVE, started.upload.id, [Proof("m.onnx", "0")])
    await world.service.abort(ADA, started.upload.id)
    with pytest.raises(WrongState, match=str(UploadState.ABORTED)):
        await world.prove(started.upload, started.known)
