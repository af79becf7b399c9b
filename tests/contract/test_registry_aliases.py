"""Aliases, their history and rollbacks, on every implementation of the registry."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from maas.domain.catalog.aliases import ALIASES_MAX, Alias, AliasMove, AliasTarget, Expectation, LiveAt, MoveKind
from maas.domain.catalog.models import Model, ModelChange
from maas.domain.errors import (
    InvalidInput,
    MaasError,
    NotFound,
    PermissionDenied,
    PreconditionRequired,
    RevisionMismatch,
    WrongState,
)
from maas.domain.identity.principals import Principal, Role, Scope
from maas.domain.ids import new_id
from maas.services.ports.registry import Registry
from tests.support.registry_server import broken_field, limited, make_draft, make_model, make_published, person

ANY = Expectation(exists=True)


async def point(
    registry: Registry, by: Principal, model: Model, version: str, alias: str = "production", reason: str = ""
) -> Alias:
    target = AliasTarget(alias=alias, version=version, reason=reason)
    try:
        found, _ = await registry.set_alias(by, model.id, target)
    except PreconditionRequired:
        target = AliasTarget(alias=alias, version=version, reason=reason, expected=ANY)
        found, _ = await registry.set_alias(by, model.id, target)
    return found


async def with_versions(registry: Registry, by: Principal, *numbers: str, is_public: bool = False) -> Model:
    model = await make_model(registry, by, is_public=is_public)
    for number in numbers:
        await make_published(registry, by, model, number)
    return model


async def history(registry: Registry, by: Principal, model: Model, alias: str = "production") -> list[AliasMove]:
    """Oldest first."""
    page = await registry.list_alias_moves(by, model.id, alias, limit=100, cursor="")
    return list(page.items[::-1])


async def test_an_alias_is_read_back_and_its_move_is_in_the_history(registry: Registry) -> None:
    by = person()
    model = await with_versions(registry, by, "1.0.0")
    made, created = await registry.set_alias(
        by, model.id, AliasTarget(alias="production", version="v1.0.0", reason="first\nof all")
    )
    assert created
    assert (made.name, made.version) == ("production", "1.0.0")
    assert made.revision == (await registry.get_model(by, model.id)).revision
    assert await registry.get_alias(by, model.id, "production") == made
    assert await registry.list_aliases(by, model.id) == [made]
    assert await history(registry, by, model) == [
        AliasMove(
            model_id=model.id,
            tenant_id=by.tenant_id,
            alias="production",
            kind=MoveKind.CREATE,
            from_version="",
            to_version="1.0.0",
            reason="first\nof all",
            moved_by=by.subject,
            at=made.moved_at,
            revision=made.revision,
        )
    ]


async def test_every_move_is_appended_with_who_from_to_and_why(registry: Registry) -> None:
    by = person()
    colleague = person(by.tenant_id)
    model = await with_versions(registry, by, "1.0.0", "2.0.0")
    await point(registry, by, model, "1.0.0", reason="launch")
    await point(registry, colleague, model, "2.0.0", reason="faster")
    await registry.rollback_alias(by, model.id, "production", "slower after all")
    await registry.delete_alias(colleague, model.id, "production", "nobody calls it")
    moves = await history(registry, by, model)
    assert [(m.kind, m.from_version, m.to_version, m.reason, m.moved_by) for m in moves] == [
        (MoveKind.CREATE, "", "1.0.0", "launch", by.subject),
        (MoveKind.MOVE, "1.0.0", "2.0.0", "faster", colleague.subject),
        (MoveKind.ROLLBACK, "2.0.0", "1.0.0", "slower after all", by.subject),
        (MoveKind.DELETE, "1.0.0", "", "nobody calls it", colleague.subject),
    ]
    assert [m.at for m in moves] == sorted({m.at for m in moves})
    assert [m.revision for m in moves] == sorted({m.revision for m in moves})


@pytest.mark.parametrize(
    ("version", "number"),
    [("latest", "1.2.0"), ("~1.1", "1.1.0"), (">=2.0.0-rc.1", "2.0.0-rc.1"), ("staging", "1.1.0")],
)
async def test_an_alias_takes_any_reference_and_keeps_the_number_it_means(
    registry: Registry, version: str, number: str
) -> None:
    by = person()
    model = await with_versions(registry, by, "1.1.0", "1.2.0", "2.0.0-rc.1")
    await point(registry, by, model, "1.1.0", "staging")
    assert (await point(registry, by, model, version)).version == number


@pytest.mark.parametrize("ref", ["production", "latest"])
async def test_a_version_is_found_by_its_alias(registry: Registry, ref: str) -> None:
    by = person()
    model = await with_versions(registry, by, "1.0.0", "2.0.0")
    await point(registry, by, model, "1.0.0")
    expected = {"production": "1.0.0", "latest": "2.0.0"}
    assert (await registry.get_version(by, model.id, ref)).version == expected[ref]


async def test_an_alias_that_is_not_there_is_not_found(registry: Registry) -> None:
    by = person()
    model = await with_versions(registry, by, "1.0.0")
    with pytest.raises(NotFound) as error:
        await registry.get_version(by, model.id, "production")
    assert (error.value.message, broken_field(error)) == ("alias not found: production", ("ref", "exists"))
    for call in (
        registry.get_alias(by, model.id, "production"),
        registry.delete_alias(by, model.id, "production"),
        registry.rollback_alias(by, model.id, "production"),
        registry.list_alias_moves(by, model.id, "production", limit=1, cursor=""),
        registry.alias_at(by, model.id, "production", datetime.now(UTC)),
    ):
        with pytest.raises(NotFound) as error:
            await call
        assert broken_field(error) == ("alias", "exists")


@pytest.mark.parametrize(("version", "field"), [("3.0.0", "version"), ("^3", "version"), ("blue", "version")])
async def test_an_alias_can_t_point_at_what_is_not_there(registry: Registry, version: str, field: str) -> None:
    by = person()
    model = await with_versions(registry, by, "1.0.0")
    with pytest.raises(NotFound) as error:
        await point(registry, by, model, version)
    assert broken_field(error) == (field, "exists")


async def test_an_alias_points_at_published_versions_only(registry: Registry) -> None:
    by = person()
    model = await with_versions(registry, by, "1.0.0")
    await make_draft(registry, by, model, "2.0.0")
    await registry.deprecate_version(by, model.id, "1.0.0")
    for number, state in (("1.0.0", "deprecated"), ("2.0.0", "draft")):
        with pytest.raises(WrongState, match=f"version {number} is {state}") as error:
            await point(registry, by, model, number)
        assert broken_field(error) == ("version", "state")
    assert await registry.list_aliases(by, model.id) == []


@pytest.mark.parametrize("alias", ["", "Production", "1", "x", "v1", "v01", "vx", "a" * 64, "a.b", "-a", "é", "a\n"])
async def test_a_name_that_breaks_the_rule_is_refused_everywhere(registry: Registry, alias: str) -> None:
    by = person()
    model = await with_versions(registry, by, "1.0.0")
    for call in (
        registry.get_alias(by, model.id, alias),
        registry.set_alias(by, model.id, AliasTarget(alias=alias, version="1.0.0")),
        registry.delete_alias(by, model.id, alias),
        registry.rollback_alias(by, model.id, alias),
        registry.list_alias_moves(by, model.id, alias, limit=1, cursor=""),
        registry.alias_at(by, model.id, alias, datetime.now(UTC)),
    ):
        with pytest.raises(InvalidInput) as error:
            await call
        assert broken_field(error) == ("alias", "alias")


async def test_latest_is_nobody_s_to_move(registry: Registry) -> None:
    by = person()
    model = await with_versions(registry, by, "1.0.0")
    for call in (
        registry.set_alias(by, model.id, AliasTarget(alias="latest", version="1.0.0")),
        registry.rollback_alias(by, model.id, "latest"),
        registry.delete_alias(by, model.id, "latest"),
    ):
        with pytest.raises(InvalidInput, match="deprecate") as error:
            await call
        assert broken_field(error) == ("alias", "reserved")


async def test_a_reason_is_bounded(registry: Registry) -> None:
    by = person()
    model = await with_versions(registry, by, "1.0.0")
    for call in (
        registry.set_alias(by, model.id, AliasTarget(alias="a", version="1.0.0", reason="x" * 1025)),
        registry.rollback_alias(by, model.id, "a", "x" * 1025),
        registry.delete_alias(by, model.id, "a", "\x00"),
    ):
        with pytest.raises(InvalidInput) as error:
            await call
        assert broken_field(error)[0] == "reason"


async def test_a_model_has_fifty_aliases_at_most(registry: Registry) -> None:
    by = person()
    model = await with_versions(registry, by, "1.0.0")
    for number in range(ALIASES_MAX):
        await point(registry, by, model, "1.0.0", f"a{number}")
    with pytest.raises(WrongState, match="50 aliases") as error:
        await point(registry, by, model, "1.0.0", "one-more")
    assert broken_field(error) == ("alias", "state")
    await registry.delete_alias(by, model.id, "a0")
    await point(registry, by, model, "1.0.0", "one-more")
    names = [alias.name for alias in await registry.list_aliases(by, model.id)]
    assert (len(names), names) == (ALIASES_MAX, sorted(names))


async def test_moving_one_that_exists_says_what_is_expected(registry: Registry) -> None:
    by = person()
    model = await with_versions(registry, by, "1.0.0", "2.0.0")
    made = await point(registry, by, model, "1.0.0")
    with pytest.raises(PreconditionRequired) as error:
        await registry.set_alias(by, model.id, AliasTarget(alias="production", version="2.0.0"))
    assert broken_field(error) == ("expected", "required")
    for wrong in (Expectation(made.revision - 1), Expectation(exists=False)):
        with pytest.raises(RevisionMismatch):
            await registry.set_alias(by, model.id, AliasTarget(alias="production", version="2.0.0", expected=wrong))
    target = AliasTarget(alias="production", version="2.0.0", expected=Expectation(made.revision))
    moved, created = await registry.set_alias(by, model.id, target)
    assert (moved.version, created) == ("2.0.0", False)
    assert moved.revision > made.revision


@pytest.mark.parametrize("expected", [Expectation(1), ANY])
async def test_what_is_expected_of_an_absent_alias_does_not_hold(registry: Registry, expected: Expectation) -> None:
    by = person()
    model = await with_versions(registry, by, "1.0.0")
    for call in (
        registry.set_alias(by, model.id, AliasTarget(alias="production", version="1.0.0", expected=expected)),
        registry.rollback_alias(by, model.id, "production", expected=expected),
        registry.delete_alias(by, model.id, "production", expected=expected),
    ):
        with pytest.raises(RevisionMismatch):
            await call
    new = AliasTarget(alias="production", version="1.0.0", expected=Expectation(exists=False))
    assert (await registry.set_alias(by, model.id, new))[1]


async def test_another_change_of_the_model_does_not_make_an_alias_s_revision_stale(registry: Registry) -> None:
    by = person()
    model = await with_versions(registry, by, "1.0.0", "2.0.0")
    made = await point(registry, by, model, "1.0.0")
    await registry.update_model(by, model.id, ModelChange(description="changed"))
    target = AliasTarget(alias="production", version="2.0.0", expected=Expectation(made.revision))
    assert (await registry.set_alias(by, model.id, target))[0].version == "2.0.0"


async def test_an_alias_that_points_there_already_stays_as_it_is(registry: Registry) -> None:
    by = person()
    model = await with_versions(registry, by, "1.0.0")
    made = await point(registry, by, model, "1.0.0")
    again = await registry.set_alias(by, model.id, AliasTarget(alias="production", version="latest"))
    assert again == (made, False)
    assert len(await history(registry, by, model)) == 1


async def test_rollbacks_go_back_one_by_one_and_never_forth_again(registry: Registry) -> None:
    by = person()
    model = await with_versions(registry, by, "1.0.0", "2.0.0", "3.0.0", "4.0.0")
    for number in ("1.0.0", "2.0.0", "3.0.0"):
        await point(registry, by, model, number)
    assert (await registry.rollback_alias(by, model.id, "production")).version == "2.0.0"
    await point(registry, by, model, "4.0.0")
    back = [(await registry.rollback_alias(by, model.id, "production")).version for _ in range(2)]
    assert back == ["2.0.0", "1.0.0"]
    with pytest.raises(WrongState, match=r"production pointed at nothing before 1\.0\.0") as error:
        await registry.rollback_alias(by, model.id, "production")
    assert broken_field(error) == ("alias", "state")


async def test_a_rollback_to_what_is_not_published_any_more_is_refused(registry: Registry) -> None:
    by = person()
    model = await with_versions(registry, by, "1.0.0", "2.0.0")
    for number in ("1.0.0", "2.0.0"):
        await point(registry, by, model, number)
    await registry.deprecate_version(by, model.id, "1.0.0")
    with pytest.raises(WrongState, match=r"version 1\.0\.0 is deprecated"):
        await registry.rollback_alias(by, model.id, "production")
    assert (await registry.get_alias(by, model.id, "production")).version == "2.0.0"


async def test_a_rollback_takes_the_revision_it_is_meant_for(registry: Registry) -> None:
    by = person()
    model = await with_versions(registry, by, "1.0.0", "2.0.0")
    old = await point(registry, by, model, "1.0.0")
    new = await point(registry, by, model, "2.0.0")
    with pytest.raises(RevisionMismatch):
        await registry.rollback_alias(by, model.id, "production", expected=Expectation(old.revision))
    back = await registry.rollback_alias(by, model.id, "production", expected=Expectation(new.revision))
    assert back.version == "1.0.0"
    with pytest.raises(RevisionMismatch):
        await registry.delete_alias(by, model.id, "production", expected=Expectation(new.revision))
    await registry.delete_alias(by, model.id, "production", expected=Expectation(back.revision))


async def test_a_deprecation_of_what_aliases_point_at_is_refused_and_names_them(registry: Registry) -> None:
    by = person()
    model = await with_versions(registry, by, "1.0.0", "2.0.0")
    for alias in ("staging", "production"):
        await point(registry, by, model, "1.0.0", alias)
    with pytest.raises(WrongState, match=r"what production, staging points? at") as error:
        await registry.deprecate_version(by, model.id, "1.0.0")
    assert broken_field(error) == ("aliases", "state")
    await point(registry, by, model, "2.0.0")
    await registry.delete_alias(by, model.id, "staging")
    assert (await registry.deprecate_version(by, model.id, "1.0.0")).deprecated_at


async def test_an_alias_made_again_goes_on_with_its_history(registry: Registry) -> None:
    by = person()
    model = await with_versions(registry, by, "1.0.0", "2.0.0", "3.0.0")
    for number in ("1.0.0", "2.0.0"):
        old = await point(registry, by, model, number)
    await registry.delete_alias(by, model.id, "production")
    assert await registry.list_aliases(by, model.id) == []
    made = await point(registry, by, model, "3.0.0")
    assert made.revision > old.revision
    assert len(await history(registry, by, model)) == 4
    back = [(await registry.rollback_alias(by, model.id, "production")).version for _ in range(2)]
    assert back == ["2.0.0", "1.0.0"]


async def test_an_alias_made_again_where_it_was_goes_back_to_what_was_before(registry: Registry) -> None:
    by = person()
    model = await with_versions(registry, by, "1.0.0", "2.0.0")
    for number in ("1.0.0", "2.0.0"):
        await point(registry, by, model, number)
    await registry.delete_alias(by, model.id, "production")
    await point(registry, by, model, "2.0.0")
    assert (await registry.rollback_alias(by, model.id, "production")).version == "1.0.0"


async def test_what_was_live_is_told_for_every_time(registry: Registry) -> None:
    by = person()
    model = await with_versions(registry, by, "1.0.0", "2.0.0")
    await point(registry, by, model, "1.0.0")
    await point(registry, by, model, "2.0.0")
    await registry.delete_alias(by, model.id, "production")
    moves, tick = await history(registry, by, model), timedelta(microseconds=1)
    for before, move in zip([None, *moves], moves, strict=False):
        live_before = LiveAt(before.to_version, before) if before else LiveAt("", None)
        assert await registry.alias_at(by, model.id, "production", move.at - tick) == live_before
        assert await registry.alias_at(by, model.id, "production", move.at) == LiveAt(move.to_version, move)
    far = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    assert await registry.alias_at(by, model.id, "production", far) == LiveAt("", moves[-1])
    assert await registry.alias_at(by, model.id, "production", datetime(1, 1, 1, tzinfo=UTC)) == LiveAt("", None)


async def test_the_history_comes_in_pages_newest_first(registry: Registry) -> None:
    by = person()
    model = await with_versions(registry, by, "1.0.0", "2.0.0")
    for number in ("1.0.0", "2.0.0") * 3:
        await point(registry, by, model, number)
        await point(registry, by, model, number, "production-eu")
    found: list[AliasMove] = []
    cursor = ""
    for size in (4, 2):
        page = await registry.list_alias_moves(by, model.id, "production", limit=4, cursor=cursor)
        assert len(page.items) == size
        found, cursor = [*found, *page.items], page.next_cursor
    assert cursor == ""
    assert found[::-1] == await history(registry, by, model)
    other = (await registry.list_alias_moves(by, model.id, "production-eu", limit=1, cursor="")).next_cursor
    with pytest.raises(InvalidInput) as error:
        await registry.list_alias_moves(by, model.id, "production", limit=4, cursor=other)
    assert broken_field(error) == ("cursor", "cursor")


async def test_a_stranger_follows_a_public_model_s_aliases_and_learns_nothing_else(registry: Registry) -> None:
    by, stranger = person(), person()
    model = await with_versions(registry, by, "1.0.0", is_public=True)
    made = await point(registry, by, model, "1.0.0", reason="secret")
    assert (await registry.get_version(stranger, model.id, "production")).version == "1.0.0"
    assert await registry.get_alias(stranger, model.id, "production") == made
    assert await registry.list_aliases(stranger, model.id) == [made]
    for call in (
        registry.set_alias(stranger, model.id, AliasTarget(alias="production", version="1.0.0")),
        registry.delete_alias(stranger, model.id, "production"),
        registry.rollback_alias(stranger, model.id, "production"),
        registry.list_alias_moves(stranger, model.id, "production", limit=1, cursor=""),
        registry.alias_at(stranger, model.id, "production", datetime.now(UTC)),
    ):
        with pytest.raises(NotFound) as error:
            await call
        assert broken_field(error) == ("model_id", "exists")


async def test_reading_takes_models_read_and_moving_models_write(registry: Registry) -> None:
    by = person()
    model = await with_versions(registry, by, "1.0.0")
    await point(registry, by, model, "1.0.0")
    viewer, caller = person(by.tenant_id, Role.VIEWER), limited(by, Scope.INFERENCE_INVOKE)
    assert len(await registry.list_aliases(viewer, model.id)) == 1
    assert len(await history(registry, viewer, model)) == 1
    for call in (
        registry.set_alias(viewer, model.id, AliasTarget(alias="production", version="1.0.0")),
        registry.delete_alias(viewer, model.id, "production"),
        registry.rollback_alias(viewer, model.id, "production"),
        registry.list_aliases(caller, model.id),
        registry.get_alias(caller, model.id, "production"),
        registry.list_alias_moves(caller, model.id, "production", limit=1, cursor=""),
        registry.alias_at(caller, model.id, "production", datetime.now(UTC)),
    ):
        with pytest.raises(PermissionDenied):
            await call
    assert (await registry.get_version(caller, model.id, "production")).version == "1.0.0"


async def test_nothing_is_left_of_a_deleted_model(registry: Registry) -> None:
    by = person()
    model = await with_versions(registry, by, "1.0.0")
    await point(registry, by, model, "1.0.0")
    await registry.delete_model(by, model.id)
    for model_id in (model.id, new_id()):
        with pytest.raises(NotFound) as error:
            await registry.list_alias_moves(by, model_id, "production", limit=1, cursor="")
        assert broken_field(error) == ("model_id", "exists")


async def test_of_two_moves_from_one_revision_one_succeeds(registry: Registry) -> None:
    by = person()
    model = await with_versions(registry, by, "1.0.0", "2.0.0", "3.0.0")
    for _ in range(5):
        made = await point(registry, by, model, "1.0.0")
        expected = Expectation(made.revision)
        targets = [AliasTarget(alias="production", version=v, expected=expected) for v in ("2.0.0", "3.0.0")]
        answers = await asyncio.gather(
            *(registry.set_alias(by, model.id, target) for target in targets), return_exceptions=True
        )
        [lost] = [answer for answer in answers if isinstance(answer, MaasError)]
        [(won, _)] = [answer for answer in answers if isinstance(answer, tuple)]
        assert isinstance(lost, RevisionMismatch)
        assert await registry.get_alias(by, model.id, "production") == won
        assert (await history(registry, by, model))[-1].to_version == won.version


async def test_of_rollbacks_from_one_revision_one_succeeds(registry: Registry) -> None:
    by = person()
    model = await with_versions(registry, by, "1.0.0", "2.0.0", "3.0.0")
    for number in ("1.0.0", "2.0.0", "3.0.0"):
        made = await point(registry, by, model, number)
    calls = (registry.rollback_alias(by, model.id, "production", expected=Expectation(made.revision)) for _ in range(4))
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(answer) for answer in answers if isinstance(answer, BaseException)] == [RevisionMismatch] * 3
    assert (await registry.get_alias(by, model.id, "production")).version == "2.0.0"


async def test_aliases_moved_at_once_all_arrive(registry: Registry) -> None:
    by = person()
    model = await with_versions(registry, by, "1.0.0")
    names = [f"region-{number}" for number in range(4)]
    await asyncio.gather(*(point(registry, by, model, "1.0.0", name) for name in names))
    assert [alias.name for alias in await registry.list_aliases(by, model.id)] == names


async def test_an_alias_never_points_at_what_is_deprecated_at_the_same_time(registry: Registry) -> None:
    by = person()
    model = await with_versions(registry, by, "1.0.0", "2.0.0")
    for alias, number in (("a", "1.0.0"), ("b", "2.0.0")):
        answers = await asyncio.gather(
            point(registry, by, model, number, alias),
            registry.deprecate_version(by, model.id, number),
            return_exceptions=True,
        )
        [lost] = [answer for answer in answers if isinstance(answer, BaseException)]
        assert isinstance(lost, WrongState)
    for left in await registry.list_aliases(by, model.id):
        assert (await registry.get_version(by, model.id, left.version)).deprecated_at is None
