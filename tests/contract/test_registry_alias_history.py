"""The history of aliases and rollbacks, on every implementation of the registry."""

from datetime import UTC, datetime, timedelta

import pytest

from maas.domain.catalog.aliases import AliasMove, Expectation, LiveAt, MoveKind
from maas.domain.errors import InvalidInput, RevisionMismatch, WrongState
from maas.services.ports.registry import Registry
from tests.support.aliases import alias_history, model_with_versions, move_alias
from tests.support.registry_server import broken_field, person


async def test_each_move_records_its_author_versions_and_reason(registry: Registry) -> None:
    by = person()
    colleague = person(by.tenant_id)
    model = await model_with_versions(registry, by, "1.0.0", "2.0.0")
    await move_alias(registry, by, model, "1.0.0", reason="launch")
    await move_alias(registry, colleague, model, "2.0.0", reason="faster")
    await registry.rollback_alias(by, model.id, "production", "slower after all")
    await registry.delete_alias(colleague, model.id, "production", "nobody calls it")
    moves = await alias_history(registry, by, model)
    assert [(m.kind, m.from_version, m.to_version, m.reason, m.moved_by) for m in moves] == [
        (MoveKind.CREATE, "", "1.0.0", "launch", by.subject),
        (MoveKind.MOVE, "1.0.0", "2.0.0", "faster", colleague.subject),
        (MoveKind.ROLLBACK, "2.0.0", "1.0.0", "slower after all", by.subject),
        (MoveKind.DELETE, "1.0.0", "", "nobody calls it", colleague.subject),
    ]
    assert [m.at for m in moves] == sorted({m.at for m in moves})
    assert [m.revision for m in moves] == sorted({m.revision for m in moves})


async def test_rollbacks_go_back_step_by_step_and_never_forward(registry: Registry) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0", "2.0.0", "3.0.0", "4.0.0")
    for number in ("1.0.0", "2.0.0", "3.0.0"):
        await move_alias(registry, by, model, number)
    assert (await registry.rollback_alias(by, model.id, "production")).version == "2.0.0"
    await move_alias(registry, by, model, "4.0.0")
    back = [(await registry.rollback_alias(by, model.id, "production")).version for _ in range(2)]
    assert back == ["2.0.0", "1.0.0"]
    with pytest.raises(WrongState, match=r"production pointed at nothing before 1\.0\.0") as error:
        await registry.rollback_alias(by, model.id, "production")
    assert broken_field(error) == ("alias", "state")


async def test_a_rollback_to_a_deprecated_version_is_refused(registry: Registry) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0", "2.0.0")
    for number in ("1.0.0", "2.0.0"):
        await move_alias(registry, by, model, number)
    await registry.deprecate_version(by, model.id, "1.0.0")
    with pytest.raises(WrongState, match=r"version 1\.0\.0 is deprecated"):
        await registry.rollback_alias(by, model.id, "production")
    assert (await registry.get_alias(by, model.id, "production")).version == "2.0.0"


async def test_a_rollback_with_a_stale_revision_is_refused(registry: Registry) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0", "2.0.0")
    old = await move_alias(registry, by, model, "1.0.0")
    new = await move_alias(registry, by, model, "2.0.0")
    with pytest.raises(RevisionMismatch):
        await registry.rollback_alias(by, model.id, "production", expected=Expectation(old.revision))
    back = await registry.rollback_alias(by, model.id, "production", expected=Expectation(new.revision))
    assert back.version == "1.0.0"
    with pytest.raises(RevisionMismatch):
        await registry.delete_alias(by, model.id, "production", expected=Expectation(new.revision))
    await registry.delete_alias(by, model.id, "production", expected=Expectation(back.revision))


async def test_a_recreated_alias_continues_its_history(registry: Registry) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0", "2.0.0", "3.0.0")
    for number in ("1.0.0", "2.0.0"):
        old = await move_alias(registry, by, model, number)
    await registry.delete_alias(by, model.id, "production")
    assert await registry.list_aliases(by, model.id) == []
    made = await move_alias(registry, by, model, "3.0.0")
    assert made.revision > old.revision
    assert len(await alias_history(registry, by, model)) == 4
    back = [(await registry.rollback_alias(by, model.id, "production")).version for _ in range(2)]
    assert back == ["2.0.0", "1.0.0"]


async def test_a_rollback_ignores_a_deletion_and_recreation(registry: Registry) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0", "2.0.0")
    for number in ("1.0.0", "2.0.0"):
        await move_alias(registry, by, model, number)
    await registry.delete_alias(by, model.id, "production")
    await move_alias(registry, by, model, "2.0.0")
    assert (await registry.rollback_alias(by, model.id, "production")).version == "1.0.0"


async def test_alias_at_returns_the_version_live_at_any_time(registry: Registry) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0", "2.0.0")
    await move_alias(registry, by, model, "1.0.0")
    await move_alias(registry, by, model, "2.0.0")
    await registry.delete_alias(by, model.id, "production")
    moves, tick = await alias_history(registry, by, model), timedelta(microseconds=1)
    for before, move in zip([None, *moves], moves, strict=False):
        live_before = LiveAt(before.to_version, before) if before else LiveAt("", None)
        assert await registry.alias_at(by, model.id, "production", move.at - tick) == live_before
        assert await registry.alias_at(by, model.id, "production", move.at) == LiveAt(move.to_version, move)
    far = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    assert await registry.alias_at(by, model.id, "production", far) == LiveAt("", moves[-1])
    assert await registry.alias_at(by, model.id, "production", datetime(1, 1, 1, tzinfo=UTC)) == LiveAt("", None)


async def test_the_history_is_paged_newest_first(registry: Registry) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0", "2.0.0")
    for number in ("1.0.0", "2.0.0") * 3:
        await move_alias(registry, by, model, number)
        await move_alias(registry, by, model, number, "production-eu")
    found: list[AliasMove] = []
    cursor = ""
    for size in (4, 2):
        page = await registry.list_alias_moves(by, model.id, "production", limit=4, cursor=cursor)
        assert len(page.items) == size
        found, cursor = [*found, *page.items], page.next_cursor
    assert cursor == ""
    assert found[::-1] == await alias_history(registry, by, model)
    other = (await registry.list_alias_moves(by, model.id, "production-eu", limit=1, cursor="")).next_cursor
    with pytest.raises(InvalidInput) as error:
        await registry.list_alias_moves(by, model.id, "production", limit=4, cursor=other)
    assert broken_field(error) == ("cursor", "cursor")
