"""A model whose alias may be rolled out, for the tests of rollouts."""

from typing import Any

from maas.domain.catalog.models import Model
from maas.domain.identity.principals import Principal
from maas.domain.rollouts.rollouts import NewRollout, Rollout, RolloutAction, RolloutChange
from maas.services.ports.registry import Registry
from tests.support.aliases import model_with_versions, move_alias

ALIAS = "production"


async def rollable(registry: Registry, by: Principal, *numbers: str, **fields: Any) -> Model:
    """A model with 1.0.0, at which production points, and these versions (by default 1.1.0)."""
    model = await model_with_versions(registry, by, "1.0.0", *(numbers or ("1.1.0",)), **fields)
    await move_alias(registry, by, model, "1.0.0")
    return model


async def begin(
    registry: Registry, by: Principal, model: Model, candidate: str = "1.1.0", alias: str = ALIAS, **fields: Any
) -> Rollout:
    rollout, created = await registry.start_rollout(
        by, model.id, NewRollout(alias=alias, candidate=candidate, **fields)
    )
    assert created
    return rollout


async def change(
    registry: Registry, by: Principal, model: Model, action: RolloutAction, reason: str = "", **fields: Any
) -> Rollout:
    """Changes the rollout of production."""
    asked = RolloutChange(alias=ALIAS, action=action, reason=reason, **fields)
    return await registry.change_rollout(by, model.id, asked)
