"""Rollouts that are refused, on every implementation of the registry."""

import math
from dataclasses import replace

import pytest

from maas.domain.errors import InvalidInput, NotFound, RevisionMismatch, WrongState
from maas.domain.rollouts.guards import Guard, Metric
from maas.domain.rollouts.plans import Step
from maas.domain.rollouts.rollouts import NewRollout, RolloutAction, RolloutChange
from maas.domain.rollouts.tolerances import Tolerance
from maas.services.ports.registry import Registry
from tests.support.registry_server import broken_field, make_draft, person
from tests.support.rollouts import ALIAS, begin, change, rollable


async def test_a_candidate_is_published_and_another_version_than_live(registry: Registry) -> None:
    by = person()
    model = await rollable(registry, by)
    await make_draft(registry, by, model, "2.0.0")
    await registry.deprecate_version(by, model.id, "1.1.0")
    for candidate, kind, rule in (
        ("2.0.0", WrongState, "state"),
        ("1.1.0", WrongState, "state"),
        ("1.0.0", InvalidInput, "repeated"),
        (ALIAS, InvalidInput, "repeated"),
        ("9.0.0", NotFound, "exists"),
        ("^9", NotFound, "exists"),
        ("blue", NotFound, "exists"),
        ("", InvalidInput, "reference"),
        ("1.0.x.0", InvalidInput, "reference"),
    ):
        with pytest.raises(kind) as error:
            await registry.start_rollout(by, model.id, NewRollout(alias=ALIAS, candidate=candidate))
        assert broken_field(error) == ("candidate", rule), candidate
    with pytest.raises(NotFound):
        await registry.get_rollout(by, model.id, ALIAS)


async def test_an_unknown_alias_is_not_found(registry: Registry) -> None:
    by = person()
    model = await rollable(registry, by)
    for call in (
        registry.start_rollout(by, model.id, NewRollout(alias="staging", candidate="1.1.0")),
        registry.get_rollout(by, model.id, "staging"),
        registry.get_rollout(by, model.id, ALIAS),  # it never had one
        registry.change_rollout(by, model.id, RolloutChange(alias="staging", action=RolloutAction.ABORT)),
        registry.change_rollout(by, model.id, RolloutChange(alias=ALIAS, action=RolloutAction.ABORT)),
    ):
        with pytest.raises(NotFound) as error:
            await call
        assert broken_field(error) == ("alias", "exists")


@pytest.mark.parametrize("alias", ["", "Production", "v1", "a" * 64, "latest", "é"])
async def test_every_call_refuses_an_invalid_alias_name(registry: Registry, alias: str) -> None:
    by = person()
    model = await rollable(registry, by)
    for call in (
        registry.start_rollout(by, model.id, NewRollout(alias=alias, candidate="1.1.0")),
        registry.get_rollout(by, model.id, alias),
        registry.change_rollout(by, model.id, RolloutChange(alias=alias, action=RolloutAction.ABORT)),
    ):
        with pytest.raises(InvalidInput) as error:
            await call
        assert broken_field(error)[0] == "alias"


async def test_a_change_is_refused_at_another_revision_and_in_the_wrong_state(registry: Registry) -> None:
    by = person()
    model = await rollable(registry, by)
    begun = await begin(registry, by, model)
    with pytest.raises(RevisionMismatch):
        await change(registry, by, model, RolloutAction.PAUSE, expected=begun.revision - 1)
    for action in (RolloutAction.START, RolloutAction.RESUME):
        with pytest.raises(WrongState) as error:
            await change(registry, by, model, action)
        assert broken_field(error) == ("action", "state")
    with pytest.raises(InvalidInput) as refused:
        await change(registry, by, model, RolloutAction.PAUSE, "x" * 1025)
    assert broken_field(refused) == ("reason", "max_length")
    assert await registry.get_rollout(by, model.id, ALIAS) == begun


@pytest.mark.parametrize("number", [-(2**63), -1, 2**31, 2**63 - 1])
async def test_numbers_of_any_size_are_refused_by_name(registry: Registry, number: int) -> None:
    by = person()
    model = await rollable(registry, by)
    guard = Guard(metric=Metric.ERROR_RATE, threshold=0.1)
    for given, field in (
        ({"budget": number}, "budget"),
        ({"steps": (Step(5, number),)}, "steps[0].for"),
        ({"guards": (replace(guard, min_calls=number),)}, "guards[0].min_calls"),
    ):
        with pytest.raises(InvalidInput) as error:
            await registry.start_rollout(by, model.id, NewRollout(alias=ALIAS, candidate="1.1.0", **given))
        assert broken_field(error) == (field, "range")


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, -1, 1e308])
async def test_shares_and_thresholds_of_any_kind_are_refused_by_name(registry: Registry, number: float) -> None:
    by = person()
    model = await rollable(registry, by)
    for given, field in (
        ({"steps": (Step(number, 60),)}, "steps[0].percent"),
        ({"tolerance": Tolerance(absolute=number)}, "tolerance.absolute"),
        ({"tolerance": Tolerance(relative=number)}, "tolerance.relative"),
        ({"guards": (Guard(metric=Metric.DRIFT, threshold=number),)}, "guards[0].threshold"),
        ({"guards": (Guard(metric=Metric.LATENCY, threshold=2, quantile=number),)}, "guards[0].quantile"),
    ):
        with pytest.raises(InvalidInput) as error:
            await registry.start_rollout(by, model.id, NewRollout(alias=ALIAS, candidate="1.1.0", **given))
        assert broken_field(error)[0] == field
