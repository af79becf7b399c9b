"""Lists of models: what may be asked for, pages by cursor and by number, and totals."""

import asyncio
from dataclasses import asdict

from functions.registry.catalog.base import ID_MAX, Service, owner_of
from functions.registry.catalog.cursors import list_of
from functions.registry.ports import Found, ModelQuery
from functions.registry.stored import StoredModel
from maas.domain import value_rules
from maas.domain.catalog import models as domain
from maas.domain.catalog.models import ModelFilter, ModelPage, ModelSort
from maas.domain.errors import InvalidInput
from maas.domain.identity.principals import Principal, Scope

PAGE_DEFAULT, PAGE_MAX = 20, 100
# Models before a page that is asked for by its number: they are counted on the way, some 3,000 a request.
SKIPPED_MAX = 100_000


class ListService(Service):
    """Implements what of maas.services.ports.registry.ModelRegistry and of the older wire contract is about lists."""

    async def list_models(
        self,
        by: Principal,
        narrowed: ModelFilter,
        *,
        limit: int,
        cursor: str,
        sort: str = "",
        page: int | None = None,
    ) -> ModelPage:
        """The caller's tenant's models; `page`, from 1, in place of a cursor.

        Raises:
            InvalidInput: limit, cursor, page, sort or a filter.
        """
        by.require(Scope.MODELS_READ)
        narrowed = checked_filter(narrowed)
        query = ModelQuery(by.tenant_id or None, narrowed, _sort(by, narrowed, sort))
        of_list = list_of(by, "models", query.sort, asdict(narrowed))
        size = value_rules.limit(limit)
        if page is None:
            found, total = await self._following(query, size, self._cursors.decode(cursor, of_list))
        elif cursor:
            raise InvalidInput.of("page", "exclusive", "must not be given with a cursor")
        else:
            found, total = await self._page_of_number(query, size, page)
        return ModelPage(found.models, self._cursors.encode(_position(found, total), of_list), total)

    async def number_page(
        self, by: Principal, narrowed: ModelFilter, *, tenant_id: str, page: int, limit: int
    ) -> tuple[tuple[StoredModel, ...], int]:
        """Page `page` (from 1) of `limit` models, and how many there are in all: for the older wire contract.

        Raises:
            InvalidInput, PermissionDenied (another tenant)
        """
        by.require(Scope.MODELS_READ)
        tenant, _ = owner_of(by, tenant_id, "")
        found, total = await self._page_of_number(ModelQuery(tenant or None, checked_filter(narrowed)), limit, page)
        return found.models, total

    async def _following(self, query: ModelQuery, limit: int, position: str) -> tuple[Found, int]:
        """The page after a cursor's position. A total that no counter keeps is the first page's: it has its price."""
        told, _, after = position.partition(" ")
        if told and not query.has_counter:
            return await self._repository.models(query, limit=limit, after=after), int(told)
        return await asyncio.gather(
            self._repository.models(query, limit=limit, after=after), self._repository.count_models(query)
        )

    async def _page_of_number(self, query: ModelQuery, limit: int, page: int) -> tuple[Found, int]:
        total, skip = await self._repository.count_models(query), (value_rules.page(page) - 1) * limit
        if skip >= total:
            return Found(()), total
        if skip > SKIPPED_MAX:
            message = f"must not have more than {SKIPPED_MAX} models before it; narrow the list, or go on with a cursor"
            raise InvalidInput.of("page", "range", message)
        return await self._repository.models(query, limit=limit, skip=skip), total


def checked_filter(narrowed: ModelFilter) -> ModelFilter:
    """The filter in stored form: names folded, tags lower-cased. Raises InvalidInput naming the field."""
    after, before = narrowed.created_after, narrowed.created_before
    if after and before and after > before:
        raise InvalidInput.of("created_after", "range", "must not be later than created_before")
    return ModelFilter(
        q=value_rules.fold(value_rules.text("q", narrowed.q, maximum=value_rules.NAME_MAX)),
        name=value_rules.fold(value_rules.text("name", narrowed.name, maximum=value_rules.NAME_MAX)),
        framework=narrowed.framework and domain.framework(narrowed.framework),
        status=narrowed.status and domain.status(narrowed.status),
        owner_id=value_rules.text("owner_id", narrowed.owner_id, maximum=ID_MAX),
        tags=value_rules.tags(narrowed.tags),
        is_public=narrowed.is_public,
        created_after=after,
        created_before=before,
    )


def legacy_page(page: int, limit: int) -> tuple[int, int]:
    """Page and limit as the older contract reads them: 0 is the default, and a limit over the most is the most.

    Raises:
        InvalidInput: one is negative.
    """
    for field, value in (("page", page), ("limit", limit)):
        if value < 0:
            raise InvalidInput.of(field, "range", "must not be negative")
    return page or 1, min(limit or PAGE_DEFAULT, PAGE_MAX)


def _sort(by: Principal, narrowed: ModelFilter, asked: str) -> ModelSort:
    """Where nothing is said, models are newest first, but by name where the beginning of a name is asked for."""
    if not by.tenant_id and asked in (ModelSort.NAME, ModelSort.NAME_DOWN):
        raise InvalidInput.of("sort", "tenant", "a list of all tenants is sorted by created_at alone")
    if not asked:
        return ModelSort.NAME if narrowed.q and by.tenant_id else ModelSort.NEWEST
    return domain.model_sort(asked)


def _position(found: Found, total: int) -> str:
    return f"{total} {found.last}" if found.last else ""
