"""Valid requests of the RPCs of rollouts, for good_messages.py."""

from google.protobuf.message import Message

from maas.domain.identity.principals import Principal
from maas.domain.rollouts.guards import DEFAULT_GUARDS
from maas.domain.rollouts.plans import Step
from maas.domain.rollouts.rollouts import NewRollout, RolloutAction, RolloutChange
from maas.rpc.registry.v1 import registry_pb2 as pb
from maas.services.ports.registry import Registry
from maas.wire.rollouts import to_change_rollout, to_start_rollout
from tests.support.aliases import moved_alias
from tests.support.good_older_messages import OURS, good


async def _rolling_alias(registry: Registry, by: Principal) -> tuple[str, str]:
    """A model and its alias with an active rollout."""
    model_id, alias = await moved_alias(registry, by)
    await registry.start_rollout(by, model_id, NewRollout(alias=alias.name, candidate="1.0.0"))
    return model_id, alias.name


@good(OURS)
async def get_rollout(registry: Registry, by: Principal) -> Message:
    model_id, alias = await _rolling_alias(registry, by)
    return pb.GetRolloutRequest(model_id=model_id, alias=alias)


@good(OURS)
async def start_rollout(registry: Registry, by: Principal) -> Message:
    model_id, alias = await moved_alias(registry, by)
    new = NewRollout(alias=alias.name, candidate="1.0.0", steps=(Step(5, 60),), guards=DEFAULT_GUARDS)
    return to_start_rollout(model_id, new)


@good(OURS)
async def change_rollout(registry: Registry, by: Principal) -> Message:
    model_id, alias = await _rolling_alias(registry, by)
    change = RolloutChange(alias=alias, action=RolloutAction.ABORT, reason="slow")
    return to_change_rollout(model_id, change)


@good(OURS)
async def list_rollouts(_registry: Registry, _by: Principal) -> Message:
    return pb.ListRolloutsRequest(limit=5)
