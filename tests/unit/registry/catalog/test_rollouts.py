"""Rules of rollouts in the registry: breaking candidates, narrowed keys, and other organizations."""

from dataclasses import replace

import pytest

from maas.domain.catalog.models import Model, ModelChange
from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.errors import Incompatible, InvalidInput, NotFound, PermissionDenied
from maas.domain.identity.principals import Principal, Role, Scope
from maas.domain.rollouts.rollouts import NewRollout, RolloutAction
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.support.aliases import alias_history
from tests.support.registry_server import SIGNATURE, broken_field, limited, make_ready, person
from tests.support.rollouts import ALIAS, begin, change, rollable

BROKEN = Signature(inputs=(Tensor("X", "float", (-1, 5)),), outputs=SIGNATURE.outputs)


@pytest.fixture
def registry() -> FakeRegistry:
    return fake_registry()


async def _breaking(registry: FakeRegistry, by: Principal) -> Model:
    """A model whose 2.0.0 takes five features instead of four."""
    model = await rollable(registry, by)
    await make_ready(registry, by, model, "2.0.0", BROKEN)
    await registry.publish_version(by, model.id, "2.0.0")
    return model


async def test_a_candidate_that_breaks_callers_needs_a_reason(registry: FakeRegistry) -> None:
    by = person()
    model = await _breaking(registry, by)
    with pytest.raises(Incompatible) as error:
        await registry.start_rollout(by, model.id, NewRollout(alias=ALIAS, candidate="2.0.0"))
    assert error.value.fields
    with pytest.raises(InvalidInput) as refused:
        await registry.start_rollout(by, model.id, NewRollout(alias=ALIAS, candidate="2.0.0", force=" "))
    assert broken_field(refused)[0] == "force"
    begun = await begin(registry, by, model, "2.0.0", force=" all callers send five ")
    assert (begun.force, begun.reason) == ("all callers send five",) * 2
    assert (await alias_history(registry, by, model))[-1].reason == "all callers send five"


async def test_calls_of_an_alias_get_its_last_rollout_and_other_references_none(registry: FakeRegistry) -> None:
    by = person()
    model = await rollable(registry, by)
    begun = await begin(registry, by, model)
    caller = replace(by, scopes=frozenset({Scope.INFERENCE_INVOKE}))
    found = await registry.routed_version(caller, model.id, ALIAS)
    assert (found.version.version, found.rollout) == ("1.0.0", begun)
    for ref in ("1.0.0", "1.1.0", "^1", "latest"):
        assert (await registry.routed_version(caller, model.id, ref)).rollout is None
    await change(registry, by, model, RolloutAction.ABORT)
    ended = (await registry.routed_version(caller, model.id, ALIAS)).rollout
    assert ended is not None
    assert (ended.id, ended.routes) == (begun.id, False)  # what its callers send stays known


async def test_a_key_for_the_live_version_alone_is_not_routed_and_begins_no_rollout(registry: FakeRegistry) -> None:
    owner = person()
    model = await rollable(registry, owner)
    key = replace(owner, narrowed={model.id: "1.0.0"})
    with pytest.raises(NotFound) as error:
        await registry.start_rollout(key, model.id, NewRollout(alias=ALIAS, candidate="1.1.0"))
    assert broken_field(error)[0] == "candidate"
    await begin(registry, owner, model)
    found = await registry.routed_version(key, model.id, ALIAS)
    assert (found.version.version, found.rollout) == ("1.0.0", None)
    with pytest.raises(NotFound):
        await change(registry, key, model, RolloutAction.PROMOTE)


async def test_a_key_for_the_candidate_alone_begins_no_rollout(registry: FakeRegistry) -> None:
    owner = person()
    model = await rollable(registry, owner)
    with pytest.raises(NotFound) as error:
        await begin(registry, replace(owner, narrowed={model.id: "1.1.0"}), model)
    assert broken_field(error)[0] == "alias"


async def test_other_organizations_see_no_rollout_of_a_public_model(registry: FakeRegistry) -> None:
    owner, stranger = person("", Role.ADMIN), person("", Role.ADMIN)
    model = await rollable(registry, owner)
    await registry.update_model(owner, model.id, ModelChange(is_public=True))
    await begin(registry, owner, model)
    assert (await registry.get_alias(stranger, model.id, ALIAS)).rollout is None
    for call in (
        registry.get_rollout(stranger, model.id, ALIAS),
        registry.start_rollout(stranger, model.id, NewRollout(alias=ALIAS, candidate="1.1.0")),
        change(registry, stranger, model, RolloutAction.ABORT),
        registry.list_alias_moves(stranger, model.id, ALIAS, limit=10, cursor=""),
    ):
        with pytest.raises((NotFound, PermissionDenied)):
            await call


@pytest.mark.parametrize("scope", [Scope.MODELS_READ, Scope.INFERENCE_INVOKE])
async def test_a_rollout_is_changed_with_the_scope_to_write_alone(registry: FakeRegistry, scope: Scope) -> None:
    owner = person()
    model = await rollable(registry, owner)
    begun, by = await begin(registry, owner, model), limited(owner, scope)
    with pytest.raises(PermissionDenied):
        await registry.start_rollout(by, model.id, NewRollout(alias=ALIAS, candidate="1.1.0"))
    with pytest.raises(PermissionDenied):
        await change(registry, by, model, RolloutAction.ABORT)
    if scope is Scope.MODELS_READ:
        assert await registry.get_rollout(by, model.id, ALIAS) == begun
    else:
        with pytest.raises(PermissionDenied):
            await registry.get_rollout(by, model.id, ALIAS)
