"""A model with published versions and aliases, for the tests of aliases."""

from typing import Any

from maas.domain.catalog.aliases import Alias, AliasMove, AliasTarget, Expectation
from maas.domain.catalog.models import Model
from maas.domain.errors import PreconditionRequired
from maas.domain.identity.principals import Principal
from maas.domain.ids import new_id
from maas.services.ports.registry import Registry
from tests.support.registry_server import make_model, make_published

EXISTS = Expectation(exists=True)


async def move_alias(
    registry: Registry, by: Principal, model: Model, version: str, alias: str = "production", reason: str = ""
) -> Alias:
    """Creates or moves the alias, whichever revision it has."""
    target = AliasTarget(alias=alias, version=version, reason=reason)
    try:
        found, _ = await registry.set_alias(by, model.id, target)
    except PreconditionRequired:
        target = AliasTarget(alias=alias, version=version, reason=reason, expected=EXISTS)
        found, _ = await registry.set_alias(by, model.id, target)
    return found


async def model_with_versions(registry: Registry, by: Principal, *numbers: str, **fields: Any) -> Model:
    """Creates a model with `fields` and publishes these versions of it."""
    model = await make_model(registry, by, **fields)
    for number in numbers:
        await make_published(registry, by, model, number)
    return model


async def alias_history(registry: Registry, by: Principal, model: Model, alias: str = "production") -> list[AliasMove]:
    """Returns all moves of an alias, oldest first."""
    page = await registry.list_alias_moves(by, model.id, alias, limit=100, cursor="")
    return list(page.items[::-1])


async def moved_alias(registry: Registry, by: Principal) -> tuple[str, Alias]:
    """The id of a model, and its alias `production`, which was moved once and so can be rolled back."""
    model = await model_with_versions(registry, by, "1.0.0", "1.1.0", name=f"model {new_id()}")
    await move_alias(registry, by, model, "1.0.0")
    return model.id, await move_alias(registry, by, model, "1.1.0")
