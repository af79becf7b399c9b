"""Reads the roles that subjects have been granted on models."""

from collections.abc import Collection, Mapping

from functions.registry.store import items
from functions.registry.store.client import Table
from maas.domain.identity.principals import GRANT_ROLES, Role


class GrantReader:
    """Looks up grants by subject: one strongly consistent read for all of a caller's subjects."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def granted(self, subjects: Collection[str]) -> Mapping[str, frozenset[Role]]:
        """The roles on each model, added up over the subjects. Raises Unavailable."""
        found: dict[str, frozenset[Role]] = {}
        for item in await self._table.get_many([items.granted_key(one) for one in subjects], consistent=True):
            for model_id, role in item.items():
                if role in GRANT_ROLES:  # the other attributes are the key and the number of grants
                    found[model_id] = found.get(model_id, frozenset()) | {Role(role)}
        return found
