"""Concurrent moves of aliases, on every implementation of the registry."""

import asyncio

from maas.domain.catalog.aliases import AliasTarget, Expectation
from maas.domain.errors import MaasError, RevisionMismatch, WrongState
from maas.services.ports.registry import Registry
from tests.support.aliases import alias_history, model_with_versions, move_alias
from tests.support.registry_server import person


async def test_one_of_two_moves_from_a_revision_succeeds(registry: Registry) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0", "2.0.0", "3.0.0")
    for _ in range(5):
        made = await move_alias(registry, by, model, "1.0.0")
        expected = Expectation(made.revision)
        targets = [AliasTarget(alias="production", version=v, expected=expected) for v in ("2.0.0", "3.0.0")]
        answers = await asyncio.gather(
            *(registry.set_alias(by, model.id, target) for target in targets), return_exceptions=True
        )
        [lost] = [answer for answer in answers if isinstance(answer, MaasError)]
        [(won, _)] = [answer for answer in answers if isinstance(answer, tuple)]
        assert isinstance(lost, RevisionMismatch)
        assert await registry.get_alias(by, model.id, "production") == won
        assert (await alias_history(registry, by, model))[-1].to_version == won.version


async def test_one_of_four_rollbacks_from_a_revision_succeeds(registry: Registry) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0", "2.0.0", "3.0.0")
    for number in ("1.0.0", "2.0.0", "3.0.0"):
        made = await move_alias(registry, by, model, number)
    calls = (registry.rollback_alias(by, model.id, "production", expected=Expectation(made.revision)) for _ in range(4))
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(answer) for answer in answers if isinstance(answer, BaseException)] == [RevisionMismatch] * 3
    assert (await registry.get_alias(by, model.id, "production")).version == "2.0.0"


async def test_concurrent_moves_of_different_aliases_all_succeed(registry: Registry) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0")
    names = [f"region-{number}" for number in range(4)]
    await asyncio.gather(*(move_alias(registry, by, model, "1.0.0", name) for name in names))
    assert [alias.name for alias in await registry.list_aliases(by, model.id)] == names


async def test_an_alias_never_points_at_a_version_being_deprecated(registry: Registry) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0", "2.0.0")
    for alias, number in (("a", "1.0.0"), ("b", "2.0.0")):
        answers = await asyncio.gather(
            move_alias(registry, by, model, number, alias),
            registry.deprecate_version(by, model.id, number),
            return_exceptions=True,
        )
        [lost] = [answer for answer in answers if isinstance(answer, BaseException)]
        assert isinstance(lost, WrongState)
    for left in await registry.list_aliases(by, model.id):
        assert (await registry.get_version(by, model.id, left.version)).deprecated_at is None
