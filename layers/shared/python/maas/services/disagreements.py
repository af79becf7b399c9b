"""Shows the disagreements of a rollout's candidate with its live version."""

from collections.abc import Sequence

from maas.domain.identity.principals import Principal
from maas.domain.rollouts.rollouts import Rollout
from maas.domain.shadowing.samples import Sample
from maas.services.ports.rollouts import RolloutRegistry
from maas.services.ports.shadowing import Samples


class DisagreementService:
    """The registry shows a rollout to the organization of its model alone, so it decides on the samples too."""

    def __init__(self, registry: RolloutRegistry, samples: Samples) -> None:
        self._registry, self._samples = registry, samples

    async def of_alias(self, by: Principal, model_id: str, alias: str) -> tuple[Rollout, Sequence[Sample]]:
        """The last rollout of an alias, and its samples, the latest first.

        Raises InvalidInput (alias), NotFound (model_id, alias), Unavailable.
        """
        rollout = await self._registry.get_rollout(by, model_id, alias)
        return rollout, self._samples.kept(by.tenant_id, rollout.id)
