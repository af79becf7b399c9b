"""What a judge keeps of rollouts from look to look."""

from typing import Protocol

from maas.domain.judging.watching import Watch


class RolloutWatches(Protocol):
    """Watches by the id of a rollout, kept for 40 days after their last write. Raises Unavailable."""

    def get(self, rollout_id: str) -> Watch | None:
        """The watch as it is stored now."""
        ...

    def put(self, rollout_id: str, watch: Watch) -> bool:
        """Stores the watch. Returns False if the stored one is not the revision before this one."""
        ...
