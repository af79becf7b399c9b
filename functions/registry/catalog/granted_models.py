"""Lists of models for callers who see single ones: by grants, or with an API key that is narrowed to models.

Both are bounded in number, so all of these models are read, then filtered and sorted here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from functions.registry.catalog.access import sees_headline
from functions.registry.ports import Found, ModelQuery, Repository
from functions.registry.stored import StoredModel
from maas.domain.catalog.models import ModelFilter, ModelSort
from maas.domain.identity.principals import Principal, Scope
from maas.domain.identity.rights import inside_rights
from maas.domain.value_rules import fold


@dataclass(frozen=True, slots=True)
class Matching:
    """The models of a list, in its order."""

    models: Sequence[StoredModel]
    sort: ModelSort

    def after(self, position: str, limit: int) -> Found:
        """At most `limit` models after a position; from the first one for an empty position."""
        down, places = self.sort.descending, (_place(model, self.sort) for model in self.models)
        before = [place for place in places if position and (place >= position if down else place <= position)]
        return self.skipping(len(before), limit)

    def skipping(self, count: int, limit: int) -> Found:
        found = self.models[count : count + limit]
        more = len(self.models) > count + limit
        return Found(tuple(found), _place(found[-1], self.sort) if more else "")


class GrantedModels:
    """Finds the models that a caller may read one by one."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    async def matching(self, by: Principal, query: ModelQuery, *, shared: bool) -> Matching:
        """The caller's models of its own organization, or with `shared` those of others, that match the query."""
        wanted = by.grants.keys() if by.narrowed is None or shared else by.narrowed.keys()
        models = await self._repository.models_of(sorted(wanted))
        found = [model for model in models if _is_listed(by, model, shared=shared) and matches(query.narrowed, model)]
        found.sort(key=lambda model: _place(model, query.sort), reverse=query.sort.descending)
        return Matching([_shown(by, model) for model in found], query.sort)


def matches(want: ModelFilter, model: StoredModel) -> bool:
    """Returns whether a filter in stored form selects the model. It does not compare the visibility."""
    return (
        fold(model.name).startswith(want.q)
        and want.name in ("", fold(model.name))
        and want.framework in ("", model.framework)
        and want.status in ("", model.status)
        and want.owner_id in ("", model.owner_id)
        and set(want.tags) <= set(model.tags)
        and want.is_public in (None, model.is_public)
        and (want.created_after is None or want.created_after <= model.created_at)
        and (want.created_before is None or model.created_at < want.created_before)
    )


def _is_listed(by: Principal, model: StoredModel, *, shared: bool) -> bool:
    is_others = model.tenant_id != by.tenant_id
    return is_others is shared and Scope.MODELS_READ in inside_rights(by, model.id, model.tenant_id)


def _shown(by: Principal, model: StoredModel) -> StoredModel:
    seen = model.headline and sees_headline(by, model, model.headline.version)
    return model if seen else replace(model, headline=None)


def _place(model: StoredModel, sort: ModelSort) -> str:
    """The model's position. Names are unique within a tenant alone, and a line feed sorts before their characters."""
    return f"{fold(model.name)}\n{model.id}" if sort.by_name else model.id
