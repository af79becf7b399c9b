"""The rollouts of aliases in the registry; see services.ports.registry for what every method raises."""

from typing import Protocol

from maas.domain.identity.principals import Principal
from maas.domain.pages import Page
from maas.domain.rollouts.rollouts import ActiveRollout, NewRollout, Rollout, RolloutChange


class RolloutRegistry(Protocol):
    async def get_rollout(self, by: Principal, model_id: str, alias: str) -> Rollout:
        """The last rollout of an alias, which may have ended. Raises InvalidInput (alias), NotFound."""
        ...

    async def start_rollout(self, by: Principal, model_id: str, new: NewRollout) -> tuple[Rollout, bool]:
        """Returns the rollout and whether it is new. The active one stays as it is if it is asked for again.

        Raises:
            InvalidInput, NotFound (model_id, alias, candidate)
            RevisionMismatch: the alias is not at the expected revision.
            WrongState: another rollout of the alias is active, or the candidate is not published.
            Incompatible: the candidate breaks callers of the live version, and `force` is empty.
        """
        ...

    async def change_rollout(self, by: Principal, model_id: str, change: RolloutChange) -> Rollout:
        """Raises InvalidInput, NotFound, RevisionMismatch, WrongState (the state does not allow the action)."""
        ...

    async def list_rollouts(self, by: Principal, *, limit: int, after: str) -> Page[ActiveRollout]:
        """The active rollouts of all organizations, for the judge alone. Raises PermissionDenied."""
        ...
