"""Grants on models. Only the model's own organization gives them: its admins, and whoever owns the model there."""

from collections.abc import Awaitable, Callable

from functions.registry.catalog.access import Access
from functions.registry.contention import Contention
from functions.registry.ports import Change, Repository
from functions.registry.stored import StoredModel
from maas.domain import value_rules
from maas.domain.catalog.models import Page, cut
from maas.domain.clock import now
from maas.domain.errors import NotFound
from maas.domain.identity.grants import ModelGrant, SubjectKind, WantedGrant, subject_id
from maas.domain.identity.lists import list_of
from maas.domain.identity.principals import Principal, Scope
from maas.security.cursors import Cursors

# Returns whether an organization has such a user, service account or key.
Knows = Callable[[SubjectKind, str, str], Awaitable[bool]]


class GrantService:
    """Implements maas.services.ports.registry.GrantRegistry."""

    def __init__(
        self, repository: Repository, access: Access, contention: Contention, cursors: Cursors, knows: Knows
    ) -> None:
        self._repository = repository
        self._access = access
        self._contention = contention
        self._cursors = cursors
        self._knows = knows

    async def list_grants(self, by: Principal, model_id: str, *, limit: int, cursor: str) -> Page[ModelGrant]:
        """A page of the grants on a model, by subject."""
        by.require(Scope.MODELS_WRITE)
        size = value_rules.limit(limit)
        model = await self._access.shareable(by, model_id)
        of_list = list_of(by, "grants", model.id)
        after = self._cursors.decode(cursor, of_list)
        found = await self._repository.grants(model.id, limit=size + 1, after=after)
        grants, last = cut(found, size, lambda grant: grant.subject)
        return Page(tuple(grants), self._cursors.encode(last, of_list))

    async def set_grant(self, by: Principal, model_id: str, wanted: WantedGrant) -> tuple[ModelGrant, bool]:
        """Gives a subject a role on a model, in place of the one that it had; returns it, and whether it is new."""
        by.require(Scope.MODELS_WRITE)
        subject, kind, role = wanted.checked()

        async def attempt() -> tuple[ModelGrant, bool]:
            model = await self._access.shareable(by, model_id)
            await self._check_subject(model, kind, subject)
            before = await self._repository.grant(model.id, subject)
            if before and (before.kind, before.role) == (kind, role):
                return before, False
            after = ModelGrant(
                model_id=model.id,
                tenant_id=model.tenant_id,
                subject=subject,
                kind=kind,
                role=role,
                granted_by=by.subject,
                granted_at=now(),
            )
            await self._repository.commit(Change(before, after), Change(model, model), by=by)
            return after, before is None

        return await self._contention.settle(model_id, attempt)

    async def delete_grant(self, by: Principal, model_id: str, subject: str) -> None:
        """Takes a subject's role on a model away."""
        by.require(Scope.MODELS_WRITE)
        subject = subject_id(subject)

        async def attempt() -> None:
            model = await self._access.shareable(by, model_id)
            before = await self._repository.grant(model.id, subject)
            if before is None:
                raise NotFound.of("subject", "grant", subject)
            await self._repository.commit(Change(before, None), Change(model, model), by=by)

        await self._contention.settle(model_id, attempt)

    async def _check_subject(self, model: StoredModel, kind: SubjectKind, subject: str) -> None:
        """Raises NotFound if the organization has no such subject. Whether another organization exists is not said."""
        if kind is not SubjectKind.ORGANIZATION and not await self._knows(kind, model.tenant_id, subject):
            raise NotFound.of("subject", kind.replace("_", " "), subject)
