"""Every RPC that writes, when somebody else is always faster: ABORTED, and nothing is changed."""

from typing import Any

import grpc
import pytest

from functions.registry import contention
from functions.registry.ports import Change, LostRace
from maas.domain.errors import Contended
from maas.domain.identity.principals import Principal, Role, validator
from maas.wire.errors import from_status
from tests.fakes.registry import FakeRegistry
from tests.fakes.repository import MemoryRepository
from tests.support.good_messages import GOOD
from tests.support.grpc_errors import status_of
from tests.support.registry_server import person, serving, signed

# Who creates a model has read nothing, so has no race to lose but that for its name: ALREADY_EXISTS.
OTHERS = ("Get", "List", "CreateModel")
WRITES = [method for method in GOOD if not method.rpartition("/")[2].startswith(OTHERS)]


class Outrun(MemoryRepository):
    """Once `late`, what a caller has read is never what is stored any more."""

    late = False

    async def commit(self, *changes: Change, by: Principal) -> None:
        if self.late:
            raise LostRace
        await super().commit(*changes, by=by)


@pytest.mark.parametrize("method", WRITES)
async def test_a_write_that_always_loses_the_race_is_aborted(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contention, "ATTEMPTS", 2)
    repository, by = Outrun(), person("", Role.ADMIN)
    registry = FakeRegistry(repository)
    request = await GOOD[method](registry, by)
    before, repository.late = repository.commits, True
    caller = validator(by.tenant_id) if method.endswith("RecordValidation") else by

    async with serving(repository) as address, grpc.aio.insecure_channel(address) as channel:
        call: Any = channel.unary_unary(method)
        authorization = signed(caller)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call(request.SerializeToString(), metadata=[("authorization", authorization)], timeout=20)

    assert refused.value.code() is grpc.StatusCode.ABORTED
    assert isinstance(from_status(status_of(refused.value)), Contended)
    assert repository.commits == before
