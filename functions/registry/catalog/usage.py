"""The use of an organization's quotas: of the registry's own, and of those of its people and their credentials."""

from collections.abc import Sequence

from functions.registry.ports import People, Repository
from maas.domain.identity.principals import Principal
from maas.domain.quotas import Usage


class UsageService:
    """Implements maas.services.ports.registry.UsageRegistry."""

    def __init__(self, repository: Repository, people: People) -> None:
        self._repository = repository
        self._people = people

    async def usage(self, by: Principal) -> Sequence[Usage]:
        """The use of each quota of the caller's organization. Every member may know it."""
        return [*await self._repository.usage(by.tenant_id), *await self._people.usage(by.tenant_id)]
