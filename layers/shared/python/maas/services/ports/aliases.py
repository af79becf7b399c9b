"""The aliases in the registry; see services.ports.registry for what every method raises."""

from datetime import datetime
from typing import Protocol

from maas.domain.catalog.aliases import NOTHING_EXPECTED, Alias, AliasMove, AliasTarget, Expectation, LiveAt
from maas.domain.identity.principals import Principal
from maas.domain.pages import Page


class AliasRegistry(Protocol):
    """The aliases of models, and the history of their moves."""

    async def list_aliases(self, by: Principal, model_id: str) -> list[Alias]:
        """Lists the aliases by name. Raises NotFound."""
        ...

    async def get_alias(self, by: Principal, model_id: str, alias: str) -> Alias:
        """Raises InvalidInput (alias), NotFound (model_id, alias)."""
        ...

    async def set_alias(self, by: Principal, model_id: str, target: AliasTarget) -> tuple[Alias, bool]:
        """Returns the alias and whether it is new. An alias that already points at the target stays as it is.

        Raises:
            InvalidInput, NotFound (model_id, version)
            RevisionMismatch: the alias is not as expected.
            PreconditionRequired: it points elsewhere, and no revision is expected of it.
            WrongState: the version is not published, or the model has 50 aliases.
        """
        ...

    async def delete_alias(
        self, by: Principal, model_id: str, alias: str, reason: str = "", expected: Expectation = NOTHING_EXPECTED
    ) -> None:
        """Deletes the alias and keeps its history.

        Raises InvalidInput, NotFound (model_id, alias), RevisionMismatch.
        """
        ...

    async def rollback_alias(
        self, by: Principal, model_id: str, alias: str, reason: str = "", expected: Expectation = NOTHING_EXPECTED
    ) -> Alias:
        """Points the alias at its previous version. Repeated rollbacks walk further into the past.

        Raises:
            InvalidInput, NotFound (model_id, alias)
            RevisionMismatch: the alias is not as expected, or was moved during the call.
            WrongState: it has no previous version, or that one is not published any more.
        """
        ...

    async def list_alias_moves(
        self, by: Principal, model_id: str, alias: str, *, limit: int, cursor: str
    ) -> Page[AliasMove]:
        """Lists moves, newest first, also those of a deleted alias. Only the model's own tenant may list them.

        Raises InvalidInput, NotFound.
        """
        ...

    async def alias_at(self, by: Principal, model_id: str, alias: str, at: datetime) -> LiveAt:
        """The alias' target at that time. Only the model's own tenant may read it.

        Raises InvalidInput (alias), NotFound (model_id; alias, if it never existed).
        """
        ...
