"""Grants on models. Only the model's own organization gives them: its admins, and whoever owns the model there."""

from collections.abc import Sequence

from functions.registry.catalog.access import Access
from functions.registry.contention import Contention
from functions.registry.ports import Change, LostRace, People, Repository
from functions.registry.stored import StoredModel
from maas.domain import value_rules
from maas.domain.clock import now
from maas.domain.errors import NotFound, WrongState
from maas.domain.identity.grants import MODEL_GRANTS_MAX, ModelGrant, SubjectKind, WantedGrant, subject_id
from maas.domain.identity.lists import list_of
from maas.domain.identity.principals import Principal, Scope
from maas.domain.pages import Page, cut
from maas.security.cursors import Cursors

# The most subjects that are looked up at once.
BATCH = 100


class GrantService:
    """Implements maas.services.ports.grants.GrantRegistry."""

    def __init__(
        self, repository: Repository, access: Access, contention: Contention, cursors: Cursors, people: People
    ) -> None:
        self._repository = repository
        self._access = access
        self._contention = contention
        self._cursors = cursors
        self._people = people

    async def list_grants(self, by: Principal, model_id: str, *, limit: int, cursor: str) -> Page[ModelGrant]:
        """A page of the grants on a model, by subject. One whose user or key was deleted is left out."""
        by.require(Scope.MODELS_WRITE)
        size = value_rules.limit(limit)
        model = await self._access.shareable(by, model_id)
        of_list = list_of(by, "grants", model.id)
        after = self._cursors.decode(cursor, of_list)
        found = await self._repository.grants(model.id, limit=size + 1, after=after)
        grants, last = cut(found, size, lambda grant: grant.subject)
        there = await self._there(model, grants)
        return Page(tuple(grant for grant in grants if grant.subject in there), self._cursors.encode(last, of_list))

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
            await self._give(before, after, model, by)
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

    async def _give(self, before: ModelGrant | None, after: ModelGrant, model: StoredModel, by: Principal) -> None:
        """Stores a grant. If the model is full, those of deleted users and keys make room for it."""
        try:
            await self._repository.commit(Change(before, after), Change(model, model), by=by)
        except WrongState as error:
            if error.fields[0].field != "model_id" or not await self._cleared(model, by):
                raise
            raise LostRace from error

    async def _cleared(self, model: StoredModel, by: Principal) -> bool:
        """Deletes the grants of subjects that are gone. Returns whether there was one."""
        grants = await self._repository.grants(model.id, limit=MODEL_GRANTS_MAX)
        there = frozenset[str]()
        for start in range(0, len(grants), BATCH):
            there |= await self._there(model, grants[start : start + BATCH])
        gone = [grant for grant in grants if grant.subject not in there]
        for grant in gone:
            await self._repository.commit(Change(grant, None), Change(model, model), by=by)
        return bool(gone)

    async def _there(self, model: StoredModel, grants: Sequence[ModelGrant]) -> frozenset[str]:
        """The subjects of grants that exist. Whether another organization exists is not looked up."""
        own = {grant.subject: grant.kind for grant in grants if grant.kind is not SubjectKind.ORGANIZATION}
        others = frozenset(grant.subject for grant in grants) - own.keys()
        return others | (await self._people.knows(model.tenant_id, own) if own else frozenset())

    async def _check_subject(self, model: StoredModel, kind: SubjectKind, subject: str) -> None:
        """Raises NotFound if the organization has no such subject. Whether another organization exists is not said."""
        if kind is not SubjectKind.ORGANIZATION and not await self._people.knows(model.tenant_id, {subject: kind}):
            raise NotFound.of("subject", kind.replace("_", " "), subject)
