"""Every RPC that writes, when another writer is always faster: it is ABORTED and changes nothing."""

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
from tests.support.good_messages import GOOD, OF_CONTENTS
from tests.support.grpc_errors import status_of
from tests.support.registry_server import person, serving, signed

# CreateModel reads no record. The only race it can lose is the one for its name (ALREADY_EXISTS). BeginFile writes a
# record of its own, and the first writer of it wins.
NOT_RACING = ("Get", "List", "CreateModel", "BeginFile", *OF_CONTENTS)
WRITES = [method for method in GOOD if not method.rpartition("/")[2].startswith(NOT_RACING)]


class LosingRepository(MemoryRepository):
    """Loses every commit once `losing` is set, as if another writer had changed the records."""

    losing = False

    async def commit(self, *changes: Change, by: Principal) -> None:
        if self.losing:
            raise LostRace
        await super().commit(*changes, by=by)


@pytest.mark.parametrize("method", WRITES)
async def test_a_write_that_always_loses_the_race_is_aborted(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contention, "ATTEMPTS", 2)
    repository, by = LosingRepository(), person("", Role.ADMIN)
    registry = FakeRegistry(repository)
    request = await GOOD[method](registry, by)
    before, repository.losing = repository.commits, True
    caller = validator(by.tenant_id) if method.endswith("RecordValidation") else by

    async with serving(repository) as address, grpc.aio.insecure_channel(address) as channel:
        call: Any = channel.unary_unary(method)
        authorization = signed(caller)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call(request.SerializeToString(), metadata=[("authorization", authorization)], timeout=20)

    assert refused.value.code() is grpc.StatusCode.ABORTED
    assert isinstance(from_status(status_of(refused.value)), Contended)
    assert repository.commits == before
