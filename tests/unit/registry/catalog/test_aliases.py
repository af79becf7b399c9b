"""Aliases after any sequence of changes, compared with a simple model (stateful test); concurrent rollbacks."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.registry.catalog import revisions
from functions.registry.stored import StoredModel
from maas.domain.catalog.aliases import AliasTarget, Expectation
from maas.domain.catalog.models import Model
from maas.domain.errors import InvalidInput, NotFound, RevisionMismatch, WrongState
from maas.domain.identity.principals import Principal
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.fakes.repository import MemoryRepository
from tests.support.registry_server import make_model, make_published, make_ready, person

NUMBERS = ("1.0.0", "1.1.0", "2.0.0", "3.0.0-rc.1")
NAMES = ("production", "staging")
ANY, REFUSED = Expectation(exists=True), (WrongState, NotFound, InvalidInput)


@dataclass
class Pointer:
    """The expected alias: a stack of the versions that rollbacks return to; its top is live unless deleted."""

    stack: list[str] = field(default_factory=list)
    live: bool = False
    moves: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def version(self) -> str:
        return self.stack[-1] if self.live else ""

    def record(self, kind: str, before: str) -> None:
        self.moves.append((kind, before, self.version))


@dataclass
class Expected:
    """The expected state of all versions and aliases. Each method returns whether the registry accepts the call."""

    states: dict[str, str] = field(default_factory=lambda: dict.fromkeys(NUMBERS, "ready"))
    aliases: dict[str, Pointer] = field(default_factory=lambda: {name: Pointer() for name in NAMES})

    def publish(self, number: str) -> bool:
        accepted = self.states[number] in {"ready", "published"}
        self.states[number] = "published" if accepted else self.states[number]
        return accepted

    def deprecate(self, number: str) -> bool:
        pointed = number in {alias.version for alias in self.aliases.values()}
        if self.states[number] == "ready" or (self.states[number] == "published" and pointed):
            return False
        self.states[number] = "deprecated"
        return True

    def point(self, name: str, number: str) -> bool:
        alias = self.aliases[name]
        if self.states[number] != "published":
            return False
        before, kind = alias.version, "move" if alias.live else "create"
        if before == number:
            return True
        if alias.stack[-1:] != [number]:  # else it is created again at the version where it was deleted
            alias.stack.append(number)
        alias.live = True
        alias.record(kind, before)
        return True

    def roll_back(self, name: str) -> bool:
        alias = self.aliases[name]
        if not alias.live or len(alias.stack) < 2 or self.states[alias.stack[-2]] != "published":
            return False
        alias.record("rollback", alias.stack.pop())
        return True

    def delete(self, name: str) -> bool:
        alias = self.aliases[name]
        if not alias.live:
            return False
        before, alias.live = alias.version, False
        alias.record("delete", before)
        return True


def call(registry: FakeRegistry, by: Principal, model: Model, step: tuple[str, ...]) -> Any:
    match step:
        case ("publish", number):
            return registry.publish_version(by, model.id, number)
        case ("deprecate", number):
            return registry.deprecate_version(by, model.id, number)
        case ("point", name, number):
            return point(registry, by, model, name, number)
        case ("roll_back", name):
            return registry.rollback_alias(by, model.id, name)
        case ("delete", name):
            return registry.delete_alias(by, model.id, name)


async def point(registry: FakeRegistry, by: Principal, model: Model, name: str, number: str) -> None:
    there = name in {alias.name for alias in await registry.list_aliases(by, model.id)}
    expected = ANY if there else Expectation(exists=False)
    await registry.set_alias(by, model.id, AliasTarget(alias=name, version=number, expected=expected))


async def is_accepted(work: Any) -> bool:
    try:
        await work
    except REFUSED:
        return False
    return True


numbers, names = st.sampled_from(NUMBERS), st.sampled_from(NAMES)
moves = {
    "point": st.tuples(st.just("point"), names, numbers),
    "roll_back": st.tuples(st.just("roll_back"), names),
    "delete": st.tuples(st.just("delete"), names),
    "publish": st.tuples(st.just("publish"), numbers),
    "deprecate": st.tuples(st.just("deprecate"), numbers),
}
# A rollback needs moves before it, so most steps are moves.
steps = st.sampled_from(["point"] * 6 + ["roll_back"] * 5 + ["delete"] * 2 + ["publish", "deprecate"]).flatmap(
    lambda kind: moves[kind]
)
# Seconds by which the registry's clock advances before a step, or goes back.
clocks = st.integers(-3, 3)


async def agree(registry: FakeRegistry, by: Principal, model: Model, expected: Expected) -> None:
    live = {alias.name: alias.version for alias in await registry.list_aliases(by, model.id)}
    assert live == {name: alias.version for name, alias in expected.aliases.items() if alias.live}
    for name, version in live.items():
        assert (await registry.get_version(by, model.id, name)).version == version
    for name, alias in expected.aliases.items():
        if alias.moves:
            await agree_on_history(registry, by, model, name, alias.moves)


async def agree_on_history(
    registry: FakeRegistry, by: Principal, model: Model, name: str, expected: list[tuple[str, str, str]]
) -> None:
    moves = (await registry.list_alias_moves(by, model.id, name, limit=100, cursor="")).items[::-1]
    assert [(str(move.kind), move.from_version, move.to_version) for move in moves] == expected
    times, tick = [move.at for move in moves], timedelta(microseconds=1)
    assert times == sorted(set(times))
    for move, until in zip(moves, [*(at - tick for at in times[1:]), times[-1] + tick], strict=True):
        for at in (move.at, until):
            assert (await registry.alias_at(by, model.id, name, at)).version == move.to_version
    assert (await registry.alias_at(by, model.id, name, times[0] - tick)).version == ""


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.lists(st.tuples(steps, clocks), min_size=20, max_size=40))
async def test_aliases_and_their_history_agree_with_a_simple_model(
    script: list[tuple[tuple[str, ...], int]],
) -> None:
    registry, by, expected = fake_registry(), person(), Expected()
    model = await make_model(registry, by)
    for number in NUMBERS:
        await make_ready(registry, by, model, number)
    for number in NUMBERS[:3]:
        await registry.publish_version(by, model.id, number)
        expected.publish(number)
    at = datetime(2026, 11, 21, tzinfo=UTC)
    with pytest.MonkeyPatch.context() as clock:
        for step, seconds in script:
            at += timedelta(seconds=seconds)
            clock.setattr(revisions, "now", lambda at=at: at)
            kind, *rest = step
            assert await is_accepted(call(registry, by, model, step)) == getattr(expected, kind)(*rest), step
    await agree(registry, by, model, expected)


class Slow(MemoryRepository):
    """Lets other tasks run during a read, as a real store does."""

    async def model(self, model_id: str) -> StoredModel | None:
        found = await super().model(model_id)
        await asyncio.sleep(0)
        return found


async def test_concurrent_rollbacks_go_back_once() -> None:
    """Each caller means the version that was live at the time of the call."""
    registry, by = FakeRegistry(Slow()), person()
    model = await make_model(registry, by)
    for number in NUMBERS[:3]:
        await make_published(registry, by, model, number)
        await point(registry, by, model, "production", number)
    calls = (registry.rollback_alias(by, model.id, "production") for _ in range(3))
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(answer) for answer in answers if isinstance(answer, BaseException)] == [RevisionMismatch] * 2
    assert (await registry.get_alias(by, model.id, "production")).version == "1.1.0"
