import asyncio
import time
from dataclasses import replace

import pytest

from maas.adapters.registry import kept_versions
from maas.adapters.registry.kept_versions import KEPT, KeptVersions
from maas.domain.catalog.routed import Routed
from maas.domain.catalog.versions import Version
from maas.domain.errors import MaasError, NotFound, Unavailable
from maas.domain.identity.principals import Principal, Scope
from maas.platform.request_context import CURRENT, RequestContext
from maas.platform.trace import continued
from tests.fakes.inference import LARGER_COLUMN_FILE, model_with_file
from tests.fakes.registry import fake_registry
from tests.support.http_gateway import person

ADA, INVOKE = person(), Scope.INFERENCE_INVOKE


class Registry:
    """Answers with a version, or with the errors that it was told, after a moment."""

    def __init__(self, version: Version) -> None:
        self.version = version
        self.errors: list[MaasError] = []
        self.asked: list[tuple[Principal, str, str]] = []

    async def routed_version(
        self, by: Principal, model_id: str, ref: str, right: Scope = Scope.INFERENCE_INVOKE
    ) -> Routed:
        assert right is INVOKE
        self.asked.append((by, model_id, ref))
        await asyncio.sleep(0.01)
        if self.errors:
            raise self.errors.pop(0)
        return Routed(self.version)


class World:
    def __init__(self, version: Version) -> None:
        self.now = 100.0
        self.registry = Registry(version)
        self.kept = KeptVersions(self.registry, lambda: self.now)

    async def get(self, by: Principal = ADA, ref: str = "production") -> Version:
        return await self.kept.get_version(by, "m", ref, INVOKE)


@pytest.fixture
async def world() -> World:
    registry = fake_registry()
    model_id = await model_with_file(registry, ADA, {}, LARGER_COLUMN_FILE)
    return World(await registry.get_version(ADA, model_id, "1.0.0", Scope.MODELS_READ))


async def test_a_reference_is_asked_for_once_a_second(world: World) -> None:
    first = await world.get()
    world.now += KEPT - 0.001
    moved = world.registry.version = replace(first, revision=first.revision + 1)
    assert await world.get() is first
    world.now += 0.001
    assert await world.get() is moved
    assert world.registry.asked == [(ADA, "m", "production")] * 2


async def test_the_second_begins_with_the_question_and_not_with_the_answer(world: World) -> None:
    slow = asyncio.create_task(world.get())
    await asyncio.sleep(0)
    world.now += KEPT
    await asyncio.gather(slow, world.get())
    assert len(world.registry.asked) == 2


async def test_callers_that_ask_at_once_share_one_question(world: World) -> None:
    found = await asyncio.gather(*(world.get() for _ in range(100)))
    assert all(version is world.registry.version for version in found)
    assert len(world.registry.asked) == 1


@pytest.mark.parametrize(
    "other",
    [replace(ADA, tenant_id="other"), replace(ADA, subject="other"), replace(ADA, credential="other")],
)
async def test_another_caller_asks_for_itself(world: World, other: Principal) -> None:
    await asyncio.gather(world.get(), world.get(other))
    assert len(world.registry.asked) == 2


async def test_a_caller_with_fewer_scopes_asks_for_itself(world: World) -> None:
    fewer = replace(ADA, scopes=frozenset({INVOKE}))
    await world.get()
    await world.get(fewer)
    assert [by for by, _model, _ref in world.registry.asked] == [ADA, fewer]


async def test_a_caller_at_another_address_asks_for_itself(world: World) -> None:
    for address in ("192.0.2.1", "192.0.2.2", "192.0.2.1"):
        CURRENT.set(RequestContext(continued(""), source_address=address))
        await world.get()
    assert len(world.registry.asked) == 2


async def test_an_error_is_not_kept(world: World) -> None:
    world.registry.errors = [NotFound.of("ref", "alias", "production")]
    with pytest.raises(NotFound):
        await world.get()
    assert await world.get() is world.registry.version


async def test_the_error_of_another_request_is_not_passed_on(world: World) -> None:
    world.registry.errors = [Unavailable("too late for the first request")]
    first, second = await asyncio.gather(world.get(), world.get(), return_exceptions=True)
    assert isinstance(first, Unavailable)
    assert second is world.registry.version


async def test_after_an_error_of_another_request_one_asks_for_all(world: World) -> None:
    world.registry.errors = [Unavailable("too late for the first request")]
    _, *found = await asyncio.gather(*(world.get() for _ in range(100)), return_exceptions=True)
    assert all(each is world.registry.version for each in found)
    assert len(world.registry.asked) == 2


async def test_a_request_waits_no_longer_for_another_one_than_it_has_time(world: World) -> None:
    other = asyncio.create_task(world.get())
    await asyncio.sleep(0)
    CURRENT.set(RequestContext(continued(""), deadline=time.monotonic() + 0.002))
    with pytest.raises(Unavailable):
        await world.get()
    assert await other is world.registry.version


async def test_a_cancelled_request_takes_the_answer_from_no_other(world: World) -> None:
    first, second = asyncio.create_task(world.get()), asyncio.create_task(world.get())
    await asyncio.sleep(0)
    first.cancel()
    assert await second is world.registry.version
    assert len(world.registry.asked) == 1


async def test_the_oldest_questions_are_dropped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_versions, "KEPT_MAX", 2)
    for ref in ("a", "b", "c", "c", "b", "a"):
        await world.get(ref=ref)
    assert [ref for _by, _model, ref in world.registry.asked] == ["a", "b", "c", "a"]
