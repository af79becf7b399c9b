"""Lists of models: filters, pages by cursor and by number, and totals."""

import asyncio
from dataclasses import asdict

from functions.registry.catalog.access import ID_MAX, owner_of
from functions.registry.catalog.granted_models import GrantedModels
from functions.registry.ports import Found, ModelQuery, Repository
from functions.registry.stored import StoredModel
from maas.domain import value_rules
from maas.domain.catalog import models as domain
from maas.domain.catalog.models import ModelFilter, ModelPage, ModelSort, WantedPage
from maas.domain.errors import InvalidInput, Rule
from maas.domain.identity.lists import list_of
from maas.domain.identity.principals import Principal, Scope
from maas.security.cursors import Cursors

PAGE_DEFAULT, PAGE_MAX = 20, 100
PUBLIC, SHARED = "public", "shared"
# The most models before a page that is requested by number. Each is read as a key, some 3,000 a DynamoDB request.
SKIPPED_MAX = 100_000


class ModelListService:
    """Implements list_models of maas.services.ports.models.ModelRegistry, and the lists of the older contract."""

    def __init__(self, repository: Repository, cursors: Cursors) -> None:
        self._repository = repository
        self._cursors = cursors
        self._granted = GrantedModels(repository)

    async def list_models(self, by: Principal, narrowed: ModelFilter, wanted: WantedPage) -> ModelPage:
        """A page of the models of the caller's tenant, of those shared with it, or of the public ones of all tenants.

        Without the right to read all models of its tenant, the caller gets the ones that it may read by a grant.
        """
        by.require(Scope.MODELS_READ)
        narrowed = checked_filter(narrowed)
        if narrowed.visibility == PUBLIC:
            return await self._public_page(by, narrowed, wanted)
        query = ModelQuery(by.tenant_id or None, narrowed, _sort(by, narrowed, wanted.sort))
        granted = _by_grants(by, narrowed)
        of_list = list_of(by, "granted models" if granted else "models", query.sort, asdict(narrowed))
        size = value_rules.limit(wanted.limit)
        if wanted.page is not None and wanted.cursor:
            raise InvalidInput.of("page", Rule.EXCLUSIVE, "must not be given with a cursor")
        position = self._cursors.decode(wanted.cursor, of_list)
        if granted:
            found, total = await self._granted_page(by, query, size, position, wanted.page)
            return ModelPage(found.models, self._cursors.encode(found.last, of_list), total)
        if wanted.page is None:
            found, total = await self._following(query, size, position)
        else:
            found, total = await self._page_of_number(query, size, wanted.page)
        return ModelPage(found.models, self._cursors.encode(_position(found, total), of_list), total)

    async def _granted_page(
        self, by: Principal, query: ModelQuery, limit: int, position: str = "", page: int | None = None
    ) -> tuple[Found, int]:
        """A page of the models that the caller may read by grants, and the total."""
        found = await self._granted.matching(by, query, shared=query.narrowed.visibility == SHARED)
        if page is None:
            return found.after(position, limit), len(found.models)
        return found.skipping((value_rules.page(page) - 1) * limit, limit), len(found.models)

    async def _public_page(self, by: Principal, narrowed: ModelFilter, wanted: WantedPage) -> ModelPage:
        """A page of all tenants' public models. Their number is not counted, so that every page costs the same."""
        by.require_in_tenant(Scope.MODELS_READ)
        if wanted.page is not None:
            raise InvalidInput.of("page", Rule.EXCLUSIVE, "must not be given with visibility; go on with a cursor")
        by_default = ModelSort.NAME if narrowed.q else ModelSort.NEWEST
        order = domain.model_sort(wanted.sort) if wanted.sort else by_default
        of_list = list_of(by, "models", order, asdict(narrowed))
        after = self._cursors.decode(wanted.cursor, of_list)
        query = ModelQuery(None, narrowed, order)
        found = await self._repository.public_models(query, limit=value_rules.limit(wanted.limit), after=after)
        return ModelPage(found.models, self._cursors.encode(found.last, of_list), None)

    async def number_page(
        self, by: Principal, narrowed: ModelFilter, *, tenant_id: str, page: int, limit: int
    ) -> tuple[tuple[StoredModel, ...], int]:
        """Page `page` (from 1) of `limit` models, and the total: for the older contract.

        Raises:
            InvalidInput, PermissionDenied (another tenant)
        """
        by.require(Scope.MODELS_READ)
        tenant, _ = owner_of(by, tenant_id, "")
        query = ModelQuery(tenant or None, checked_filter(narrowed))
        if _by_grants(by, narrowed):
            found, total = await self._granted_page(by, query, limit, page=page)
        else:
            found, total = await self._page_of_number(query, limit, page)
        return found.models, total

    async def _following(self, query: ModelQuery, limit: int, position: str) -> tuple[Found, int]:
        """The page after a cursor's position, and the total.

        A total without a counter is expensive, so it is computed for the first page and carried in the cursor.
        """
        first_total, _, after = position.partition(" ")
        if first_total and not query.has_counter:
            return await self._repository.models(query, limit=limit, after=after), int(first_total)
        return await asyncio.gather(
            self._repository.models(query, limit=limit, after=after), self._repository.count_models(query)
        )

    async def _page_of_number(self, query: ModelQuery, limit: int, page: int) -> tuple[Found, int]:
        total, skip = await self._repository.count_models(query), (value_rules.page(page) - 1) * limit
        if skip >= total:
            return Found(()), total
        if skip > SKIPPED_MAX:
            message = f"must not have more than {SKIPPED_MAX} models before it; narrow the list, or go on with a cursor"
            raise InvalidInput.of("page", Rule.RANGE, message)
        return await self._repository.models(query, limit=limit, skip=skip), total


def checked_filter(narrowed: ModelFilter) -> ModelFilter:
    """The filter in stored form: names folded, tags lower-cased. Raises InvalidInput."""
    after, before = narrowed.created_after, narrowed.created_before
    if after and before and after > before:
        raise InvalidInput.of("created_after", Rule.ORDER, "must not be later than created_before")
    if narrowed.visibility not in ("", PUBLIC, SHARED):
        raise InvalidInput.of("visibility", Rule.ENUM, f"must be {PUBLIC} or {SHARED}, or be left out")
    if narrowed.visibility == PUBLIC and narrowed.is_public is not None:
        raise InvalidInput.of("is_public", Rule.EXCLUSIVE, f"must not be given with visibility={PUBLIC}")
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
        visibility=narrowed.visibility,
    )


def legacy_page(page: int, limit: int) -> tuple[int, int]:
    """Page and limit of the older contract: 0 means the default, and the limit is capped at PAGE_MAX.

    Raises:
        InvalidInput: one is negative.
    """
    for field, value in (("page", page), ("limit", limit)):
        if value < 0:
            raise InvalidInput.of(field, Rule.RANGE, "must not be negative")
    return page or 1, min(limit or PAGE_DEFAULT, PAGE_MAX)


def _by_grants(by: Principal, narrowed: ModelFilter) -> bool:
    """Returns whether the list has the models that the caller may read one by one."""
    return narrowed.visibility == SHARED or Scope.MODELS_READ not in by.tenant_scopes


def _sort(by: Principal, narrowed: ModelFilter, sort: str) -> ModelSort:
    """The sort order; by default newest first, or by name if the filter has a prefix of names."""
    if not by.tenant_id and sort in (ModelSort.NAME, ModelSort.NAME_DOWN):
        raise InvalidInput.of("sort", Rule.TENANT, "a list of all tenants is sorted by created_at alone")
    if not sort:
        return ModelSort.NAME if narrowed.q and by.tenant_id else ModelSort.NEWEST
    return domain.model_sort(sort)


def _position(found: Found, total: int) -> str:
    """The position that the next page's cursor carries; empty at the end of the list."""
    return f"{total} {found.last}" if found.last else ""
