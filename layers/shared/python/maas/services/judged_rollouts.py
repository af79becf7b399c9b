"""Shows a rollout with what the judge last saw of it."""

from maas.domain.errors import Unavailable
from maas.domain.identity.principals import Principal
from maas.domain.judging.findings import Judgement
from maas.domain.rollouts.rollouts import Rollout
from maas.platform.observability import logger
from maas.services.ports.rollout_watches import Judgements
from maas.services.ports.rollouts import RolloutRegistry


class JudgedRollouts:
    """The registry shows a rollout to the organization of its model alone, so it decides on judgements too."""

    def __init__(self, registry: RolloutRegistry, judgements: Judgements) -> None:
        self._registry, self._judgements = registry, judgements

    async def get(self, by: Principal, model_id: str, alias: str) -> tuple[Rollout, Judgement | None]:
        """The last rollout of an alias and its last judgement; None before that, and while it can't be read.

        Raises InvalidInput (alias), NotFound (model_id, alias), Unavailable.
        """
        rollout = await self._registry.get_rollout(by, model_id, alias)
        try:
            return rollout, self._judgements.judgement(rollout.id)
        except Unavailable as error:
            logger.warning("a judgement can't be read", reason=error.message, rollout=rollout.id)
            return rollout, None
