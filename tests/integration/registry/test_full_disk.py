"""A table engine whose disk has no byte left: the registry refuses writes, reads go on, and nothing is lost."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from functions.registry.store.client import Table, connect
from functions.registry.store.repository import DynamoRepository
from local.servers import dynoxide_file
from local.servers.ports import free_port
from maas.rpc.registry.v1 import registry_pb2 as pb
from maas.rpc.registry.v1.registry_pb2_grpc import RegistryServiceStub
from tests.support.captured_logs import logged
from tests.support.disks import fill, small_disk
from tests.support.registry_server import person, serving, signed
from tests.support.server_processes import server
from tests.support.table_engines import Tables, installed, make_tables

MOST = 200  # creates until the engine has used the last page of its files


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path) as found:
        if found is None:
            pytest.skip("this user may not mount a disk")
        yield found


@pytest.fixture
def tables(disk: Path, credentials: None) -> Iterator[Tables]:
    engine, port = installed("dynoxide"), free_port()
    with server(engine.process(port, disk).argv, port):
        engine.prepare(disk)
        yield make_tables(f"http://127.0.0.1:{port}")


class Writer:
    """Creates models; `made` has those that were acknowledged."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.registry: Any = RegistryServiceStub(channel)
        self.call: Any = {"metadata": [("authorization", signed(person()))], "timeout": 20}
        self.made: list[pb.Model] = []

    async def create(self, models: int) -> None:
        for _ in range(models):
            new = pb.CreateModelRequest(name=f"{len(self.made)}", framework="onnx", description="x" * 4000)
            self.made.append((await self.registry.CreateModel(new, **self.call)).model)


async def test_a_full_disk_makes_writes_unavailable_and_loses_nothing(disk: Path, tables: Tables) -> None:
    repository = DynamoRepository(Table(tables.table, connect(tables.endpoint)))
    filler = disk / "filler"
    async with serving(repository) as address, grpc.aio.insecure_channel(address) as channel:
        writer = Writer(channel)
        await writer.create(1)
        fill(filler)
        with logged() as log, pytest.raises(grpc.aio.AioRpcError) as refused:
            await writer.create(MOST)
        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
        assert refused.value.details() == "the registry's store could not do this; the registry's log has the reason"
        assert "disk is full" in log()
        read = await writer.registry.GetModel(pb.GetModelRequest(id=writer.made[0].id), **writer.call)
        assert read.model == writer.made[0]

        filler.unlink()
        await writer.create(1)
        listed = await writer.registry.ListModels(pb.ListModelsRequest(limit=100), **writer.call)
        assert [model.id for model in listed.models] == [model.id for model in reversed(writer.made)]
        assert listed.total == len(writer.made)
    with sqlite3.connect(disk / dynoxide_file.NAME) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
