"""The same change by several registry processes at once: each has its own locks, and reads between others' commits."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from maas.domain.catalog.aliases import AliasTarget
from maas.domain.catalog.models import Model
from maas.domain.identity.principals import Principal, validator
from tests.fakes.registry import FakeRegistry
from tests.fakes.repository import MemoryRepository
from tests.support.registry_server import (
    SHA256,
    artifact,
    make_draft,
    make_model,
    make_published,
    make_ready,
    make_upload,
    person,
)

RIVALS = 4
Call = Callable[[FakeRegistry], Awaitable[Any]]


class Yielding(MemoryRepository):
    """Lets others run at every read of an upload or a version."""

    async def upload(self, upload_id: str) -> Any:
        await asyncio.sleep(0)
        return await super().upload(upload_id)

    async def version(self, model_id: str, number: str) -> Any:
        await asyncio.sleep(0)
        return await super().version(model_id, number)


async def _complete(registry: FakeRegistry, by: Principal, model: Model) -> Call:
    await make_draft(registry, by, model)
    upload = await make_upload(registry, by, model)
    return lambda rival: rival.complete_upload(by, upload.id, SHA256)


async def _abort(registry: FakeRegistry, by: Principal, model: Model) -> Call:
    await make_draft(registry, by, model)
    upload = await make_upload(registry, by, model)
    return lambda rival: rival.abort_upload(by, upload.id)


async def _validate(registry: FakeRegistry, by: Principal, model: Model) -> Call:
    await make_draft(registry, by, model)
    upload = await make_upload(registry, by, model)
    await registry.complete_upload(by, upload.id, SHA256)
    return lambda rival: rival.record_validation(validator(by.tenant_id), upload.id, artifact(upload))


async def _publish(registry: FakeRegistry, by: Principal, model: Model) -> Call:
    ready = await make_ready(registry, by, model)
    return lambda rival: rival.publish_version(by, model.id, "1.0.0", expected_revision=ready.revision)


async def _deprecate(registry: FakeRegistry, by: Principal, model: Model) -> Call:
    published = await make_published(registry, by, model)
    return lambda rival: rival.deprecate_version(by, model.id, "1.0.0", published.revision)


async def _alias(registry: FakeRegistry, by: Principal, model: Model) -> Call:
    await make_published(registry, by, model)

    async def call(rival: FakeRegistry) -> Any:
        alias, _ = await rival.set_alias(by, model.id, AliasTarget(alias="production", version="1.0.0"))
        return alias

    return call


@pytest.mark.parametrize("prepare", [_complete, _abort, _validate, _publish, _deprecate, _alias])
@pytest.mark.parametrize("delays", [(0, 0, 0, 0), (0, 1, 2, 3), (0, 0, 1, 1), (2, 1, 0, 0), (0, 3, 3, 5)])
async def test_rivals_that_do_the_same_get_the_same_answer(prepare: Any, delays: tuple[int, ...]) -> None:
    repository, by = Yielding(), person()
    registry = FakeRegistry(repository)
    call = await prepare(registry, by, await make_model(registry, by))

    async def late(rival: FakeRegistry, turns: int) -> Any:
        for _ in range(turns):
            await asyncio.sleep(0)
        return await call(rival)

    answers = await asyncio.gather(*(late(FakeRegistry(repository), turns) for turns in delays))
    assert len(answers) == RIVALS
    assert all(answer == answers[0] for answer in answers)
