"""Every route and every RPC, called as every actor on every object: the answers are those of the table of rights.

Another organization's objects and absent ones get the same answer.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import grpc
import pytest
from google.protobuf.json_format import ParseDict
from google.protobuf.message_factory import GetMessageClass

from functions.registry.container import build_server
from maas.rpc import model_pb2 as older
from maas.rpc.registry.v1 import registry_pb2 as pb
from tests.integration.rights.calls import Answer, Routes, filled, masked, undone, variables
from tests.integration.rights.table import OK, Line, read_table
from tests.integration.rights.world import World
from tests.support.registry_server import KEYS, PEOPLE, signed
from tests.support.rounds import FULL
from tests.support.template_routes import declared_routes

TABLE = read_table()
METHODS = {
    f"/{service.full_name}/{method.name}": method
    for descriptor in (older.DESCRIPTOR, pb.DESCRIPTOR)
    for service in descriptor.services_by_name.values()
    for method in service.methods
}
# Actors who name models: of two organizations, by a role, a grant and a key for one model, and without any right.
NAMING = frozenset({"admin", "other_admin", "member", "member_developer", "reading", "narrowed_key"})
_STATUSES = {"OK": OK, "UNAUTHENTICATED": "401", "PERMISSION_DENIED": "403", "NOT_FOUND": "404"}
Cell = tuple[str, str]


def cells(line: Line) -> Iterator[Cell]:
    return ((actor, column) for actor in TABLE.actors for column in line.columns)


def assert_as_in_the_table(line: Line, answers: Mapping[Cell, Answer]) -> None:
    """Compares the answers with the table, and those for other organizations' objects with those for absent ones."""
    wrong = [
        f"{actor} on {column}: {answer.outcome}, not {expected} {answer.text[:200]}"
        for (actor, column), answer in answers.items()
        if answer.outcome != (expected := TABLE.expected(line, actor, column))
    ]
    told = [
        f"{actor}: {answer} on {column} tells it from an absent one: {answers[actor, 'absent']}"
        for (actor, column), answer in answers.items()
        if "absent" in line.columns and not TABLE.knows(line, actor, column) and answer != answers[actor, "absent"]
    ]
    assert [*wrong, *told] == []


def test_the_table_has_every_route_every_rpc_and_enough_cells() -> None:
    advice = "add its line to tests/integration/rights/table.yaml"
    assert {route.key for route in declared_routes()} == {" ".join(name.split()[:2]) for name in TABLE.routes}, advice
    assert METHODS.keys() == {name.split()[0] for name in TABLE.rpcs}, advice
    assert sum(1 for lines in (TABLE.routes, TABLE.rpcs) for line in lines.values() for _ in cells(line)) >= 1500


@pytest.fixture(autouse=True)
def no_log() -> Iterator[None]:
    """Logs nothing: the lines of all these requests would take as long as the requests."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def world() -> World:
    made = World()
    asyncio.get_event_loop().run_until_complete(made.fill())
    return made


@pytest.fixture(scope="module")
def routes(world: World) -> Routes:
    return Routes(world)


@pytest.mark.parametrize("route", TABLE.routes)
def test_a_route_answers_each_actor_as_in_the_table(world: World, routes: Routes, route: str) -> None:
    line, answers = TABLE.routes[route], {}
    for actor, column in cells(line):
        with undone(world):
            before = world.repository.commits
            answers[actor, column] = answer = routes.call(route, line, actor, column)
            assert answer.outcome == OK or world.repository.commits == before, "a refusal changed something"
    assert_as_in_the_table(line, answers)


@pytest.mark.parametrize("route", [route for route in TABLE.routes if "{model_id}" in route])
def test_a_route_answers_for_a_model_s_name_as_for_its_id(world: World, routes: Routes, route: str) -> None:
    line, answers = TABLE.routes[route], {}
    actors = TABLE.actors if FULL else NAMING
    for actor, column in cells(line):
        if actor in actors:
            with undone(world):
                answers[actor, column] = routes.call(route, line, actor, column, by_name=True)
    assert_as_in_the_table(line, answers)


@pytest.fixture
async def channel(world: World) -> AsyncIterator[grpc.aio.Channel]:
    server = build_server(world.repository, KEYS, world.current, PEOPLE, listen="127.0.0.1:0", auth=True)
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as found:
        yield found
    await server.stop(grace=0)


@pytest.mark.parametrize("path", TABLE.rpcs)
async def test_an_rpc_answers_each_actor_as_in_the_table(world: World, channel: grpc.aio.Channel, path: str) -> None:
    line, answers = TABLE.rpcs[path], {}
    for actor, column in cells(line):
        with undone(world):
            answers[actor, column] = await _called(world, channel, path, line, actor, column)
    assert_as_in_the_table(line, answers)


async def _called(world: World, channel: grpc.aio.Channel, path: str, line: Line, actor: str, column: str) -> Answer:
    known = variables(world, line, column)
    path = path.split()[0]
    request: Any = ParseDict(filled(dict(line.send), known), GetMessageClass(METHODS[path].input_type)())
    by = world.people.actors[actor]
    metadata = (("authorization", signed(by)),) if by else ()
    call: Any = channel.unary_unary(path, request_serializer=lambda message: message.SerializeToString())
    try:
        await call(request, metadata=metadata, timeout=5)
    except grpc.aio.AioRpcError as error:
        status = error.code().name
        return Answer(_STATUSES.get(status, status), masked(error.details() or "", known))
    return Answer(OK, "")
