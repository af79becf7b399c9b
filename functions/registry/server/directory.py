"""The directory of callers: what the identity table says of them, with their grants of the registry's own table."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Protocol

from functions.registry.server.standings import Directory
from maas.domain.identity.api_keys import KEY
from maas.domain.identity.principals import Principal, Role
from maas.domain.identity.standing import parsed_credential


class Grants(Protocol):
    """Where grants are looked up."""

    async def granted(self, subjects: Collection[str]) -> Mapping[str, frozenset[Role]]:
        """The roles on each model, added up over the subjects. Raises Unavailable."""
        ...


class GrantedDirectory:
    """A directory whose callers have their grants. Both reads run at the same time."""

    def __init__(self, directory: Directory, grants: Grants) -> None:
        self._directory = directory
        self._grants = grants

    async def current(self, by: Principal) -> Principal:
        """The caller with the rights and the grants that it has now. Raises Unauthenticated, Unavailable."""
        found, grants = await asyncio.gather(self._directory.current(by), self._grants.granted(subjects_of(by)))
        return replace(found, grants=grants)


def subjects_of(by: Principal) -> frozenset[str]:
    """The ids whose grants count for a caller: its own, its key's and its organization's."""
    kind, credential_id = parsed_credential(by.credential)
    return frozenset({by.subject, by.tenant_id, *([credential_id] if kind == KEY else [])})
