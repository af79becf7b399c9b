"""What the three services share: who may see and change a model, and how a lost race is run again."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from functions.registry.backoff import ATTEMPTS, pause
from functions.registry.catalog.cursors import Cursors
from functions.registry.contention import Turns
from functions.registry.ports import LostRace, Repository
from functions.registry.stored import StoredModel, StoredVersion
from maas.domain import value_rules
from maas.domain.catalog.references import Reference
from maas.domain.clock import now
from maas.domain.errors import Contended, NotFound, PermissionDenied, RevisionMismatch
from maas.domain.identity.principals import Principal
from maas.domain.ids import known_id

T = TypeVar("T")
R = TypeVar("R", StoredModel, StoredVersion)

ID_MAX = 128
# The services' own: each of them changes models.
_TURNS = Turns()


class Service:
    """Base of the services. A principal without a tenant is a service of ours: it sees and changes all tenants."""

    def __init__(self, repository: Repository, cursors: Cursors) -> None:
        self._repository = repository
        self._cursors = cursors

    async def _readable(self, by: Principal, model_id: str) -> StoredModel:
        """A model of the caller's tenant, or a public one; may come from a cache."""
        found = await self._repository.model(known_id("model_id", "model", model_id), fresh=False)
        if found is None or not (may_change(by, found.tenant_id) or found.is_public):
            raise NotFound.of("model_id", "model", model_id)
        shown = found.headline
        if shown and shown.version != found.latest_version and not may_change(by, found.tenant_id):
            return replace(found, headline=None)  # of what is not published yet
        return found

    async def _changeable(self, by: Principal, model_id: str) -> StoredModel:
        """A model of the caller's tenant, as it is stored now."""
        found = await self._repository.model(known_id("model_id", "model", model_id))
        if found is None or not may_change(by, found.tenant_id):
            raise NotFound.of("model_id", "model", model_id)
        return found

    async def _resolved(self, model: StoredModel, reference: Reference) -> str:
        """The number that is meant now; empty if none is."""
        if reference.number:
            return reference.number
        if reference.alias:
            alias = model.aliases.get(reference.alias)
            return alias.version if alias else ""
        if reference.alternatives:
            return await self._repository.highest_published(model.id, reference, revision=model.revision)
        return model.latest_version

    async def _version(
        self, model: StoredModel, number: str, *, field: str = "version", fresh: bool = True
    ) -> StoredVersion:
        found = await self._repository.version(model.id, number, fresh=fresh)
        if found is None:
            raise NotFound.of(field, "version", number)
        return found

    async def _in_turn(self, model_id: str, attempt: Callable[[], Awaitable[T]]) -> T:
        """Reads and commits a change of a model, again where another process came between. Raises Contended."""
        async with _TURNS.of(model_id):
            return await until_settled(attempt)


def owner_of(by: Principal, tenant_id: str, owner_id: str) -> tuple[str, str]:
    """Tenant and owner that a message may name, or the caller's own."""
    tenant = value_rules.text("tenant_id", tenant_id, maximum=ID_MAX)
    owner = value_rules.text("owner_id", owner_id, maximum=ID_MAX)
    if not by.tenant_id:
        return tenant, owner
    if tenant and not may_change(by, tenant):
        raise PermissionDenied("tenant_id must be the caller's own, or empty")
    return by.tenant_id, by.subject


def may_change(by: Principal, tenant_id: str) -> bool:
    return by.tenant_id in ("", tenant_id)


def expect(kind: str, record: StoredModel | StoredVersion, revision: int | None) -> None:
    """Raises RevisionMismatch where another revision is expected; None is any."""
    if revision is not None and revision != record.revision:
        raise RevisionMismatch(f"the {kind} is at revision {record.revision}, not {revision}")


def revised(record: R, **changes: Any) -> R:
    """The record's next revision, later than the one before also where this clock is behind the one that made it."""
    at = max(now(), record.updated_at + timedelta(microseconds=1))
    return replace(record, revision=record.revision + 1, updated_at=at, **changes)


async def until_settled(attempt: Callable[[], Awaitable[T]]) -> T:
    """Runs read-and-commit again when another writer came between.

    Raises:
        Contended: that happened every time.
    """
    for number in range(ATTEMPTS):
        try:
            return await attempt()
        except LostRace:
            await pause(number)
    raise Contended("others keep changing this; try again")
