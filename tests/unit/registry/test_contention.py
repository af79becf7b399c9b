"""Changes of one model run one after another, and again if another process was faster."""

import asyncio

import pytest

from functions.registry import contention
from functions.registry.contention import Contention
from functions.registry.ports import LostRace
from functions.registry.stored import StoredModel
from maas.domain.errors import Contended
from tests.fakes.registry import FakeRegistry
from tests.fakes.repository import MemoryRepository
from tests.support.registry_server import SHA256, make_draft, make_model, make_upload, person


class Overlap:
    """An attempt that records how many of its kind ran at once."""

    def __init__(self) -> None:
        self.running = self.most = 0

    async def __call__(self) -> None:
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0)
        self.running -= 1


async def test_changes_of_one_model_never_overlap() -> None:
    contended, attempt = Contention(), Overlap()
    await asyncio.gather(*(contended.settle("iris", attempt) for _ in range(5)))
    assert attempt.most == 1


async def test_changes_of_two_models_overlap() -> None:
    contended, attempt = Contention(), Overlap()
    await asyncio.gather(*(contended.settle(name, attempt) for name in ("iris", "wine")))
    assert attempt.most == 2


async def test_two_registries_share_no_locks() -> None:
    attempt = Overlap()
    await asyncio.gather(*(Contention().settle("iris", attempt) for _ in range(2)))
    assert attempt.most == 2


async def test_a_lost_race_is_run_again() -> None:
    attempts = 0

    async def attempt() -> str:
        nonlocal attempts
        attempts += 1
        if attempts < 3:
            raise LostRace
        return "settled"

    assert await Contention().settle("iris", attempt) == "settled"
    assert attempts == 3


async def test_a_race_lost_every_time_is_contended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contention, "ATTEMPTS", 2)

    async def attempt() -> None:
        raise LostRace

    with pytest.raises(Contended):
        await Contention().settle("iris", attempt)


async def test_an_upload_waits_for_other_changes_of_its_model() -> None:
    class Racing(MemoryRepository):
        """Lets others run between a read and the commit that follows it; counts commits that lost a race."""

        lost = 0

        async def model(self, model_id: str) -> StoredModel | None:
            found = await super().model(model_id)
            await asyncio.sleep(0)
            return found

        async def commit(self, *changes: object, by: object) -> None:
            try:
                await super().commit(*changes, by=by)  # type: ignore[arg-type]
            except LostRace:
                self.lost += 1
                raise

    repository, by = Racing(), person()
    registry = FakeRegistry(repository)
    model = await make_model(registry, by)
    await make_draft(registry, by, model)
    upload = await make_upload(registry, by, model)
    await asyncio.gather(*(registry.complete_upload(by, upload.id, SHA256) for _ in range(5)))
    assert repository.lost == 0
