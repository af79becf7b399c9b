"""Grants as their holders see them: a user those that it has, and an organization those that others give to it."""

from functions.registry.catalog.access import meant
from functions.registry.contention import Contention
from functions.registry.ports import Change, Repository
from maas.domain import value_rules
from maas.domain.catalog.model_names import ModelName
from maas.domain.errors import NotFound, PermissionDenied
from maas.domain.identity.grants import ModelGrant, SubjectKind, held_by, holding_kind
from maas.domain.identity.lists import list_of
from maas.domain.identity.principals import Principal, Scope
from maas.domain.pages import Page, cut
from maas.security.cursors import Cursors


class HeldGrantService:
    """Implements maas.services.ports.grants.HeldGrantRegistry."""

    def __init__(self, repository: Repository, contention: Contention, cursors: Cursors) -> None:
        self._repository = repository
        self._contention = contention
        self._cursors = cursors

    async def list_held_grants(self, by: Principal, holder: str, *, limit: int, cursor: str) -> Page[ModelGrant]:
        """A page of the grants that the caller or its organization has, by model.

        With a key that is narrowed to models, those on its models.
        """
        by.require(Scope.MODELS_READ)
        kind, size = holding_kind(holder), value_rules.limit(limit)
        if kind is SubjectKind.ORGANIZATION:
            by.require_in_tenant(Scope.MODELS_READ)
        of_list = list_of(by, "held grants", kind)
        after = self._cursors.decode(cursor, of_list)
        subject, holders = held_by(by, kind)
        shown = (model_id for model_id in await self._repository.held(holders) if _is_for(by, model_id))
        ids, last = cut([model_id for model_id in shown if model_id > after], size, str)
        grants = await self._repository.grants_of(subject, ids)
        return Page(tuple(grants), self._cursors.encode(last, of_list))

    async def leave_grant(self, by: Principal, model_id: str, holder: str) -> None:
        """Gives a role on a model back: the caller its own, or an admin that of the organization.

        What another organization has given still counts among the grants that it may give, so that it can't fill a
        list again that its holder has cleaned.
        """
        by.require(Scope.MODELS_WRITE)
        kind = holding_kind(holder)
        if kind is SubjectKind.ORGANIZATION:
            by.require_in_tenant(Scope.USERS_ADMIN)
        subject, holders = held_by(by, kind)
        wanted = await self._id_of(meant(by, model_id, "grant"))

        async def attempt() -> None:
            before = await self._repository.grant(wanted, subject)
            model = await self._repository.model(wanted)
            if before is None or model is None or before.holder not in holders:
                raise NotFound.of("model_id", "grant", model_id)
            if by.narrowed is not None:
                raise PermissionDenied("an API key that is narrowed to models gives no grants back")
            left = Change(before, None, is_left=before.is_guest)
            await self._repository.commit(left, Change(model, model), by=by)

        await self._contention.settle(wanted, attempt)

    async def _id_of(self, wanted: str | ModelName) -> str:
        """The id of the model; one that no model has if the name is unknown, so that the reads are the same."""
        return (await self._repository.id_of(wanted) or wanted.no_id) if isinstance(wanted, ModelName) else wanted


def _is_for(by: Principal, model_id: str) -> bool:
    return by.narrowed is None or model_id in by.narrowed
