"""What a judge keeps of rollouts from look to look."""

from typing import Protocol

from maas.domain.judging.findings import Judgement
from maas.domain.judging.watching import Watch


class Judgements(Protocol):
    """Judgements by the id of a rollout, kept for 40 days. Raises Unavailable."""

    def judgement(self, rollout_id: str) -> Judgement | None:
        """The last one; None before the first look."""
        ...


class RolloutWatches(Judgements, Protocol):
    """Watches by the id of a rollout, kept for 40 days after their last write. Raises Unavailable."""

    def note(self, tenant_id: str, model_id: str, rollout_id: str) -> None:
        """Notes that the rollout is the model's, with which all that is kept of it is removed."""
        ...

    def get(self, rollout_id: str) -> Watch | None:
        """The watch as it is stored now."""
        ...

    def put(self, rollout_id: str, watch: Watch) -> bool:
        """Stores the watch. Returns False if the stored one is not the revision before this one."""
        ...

    def put_judgement(self, rollout_id: str, judgement: Judgement) -> None:
        """Stores it in place of the one before."""
        ...
