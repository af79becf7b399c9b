"""Models that differ in every field that lists filter by, and the expected lists, computed in plain Python."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from itertools import combinations
from typing import Any

from maas.domain.catalog.models import Model, ModelChange, ModelFilter, WantedPage
from maas.domain.identity.principals import Principal
from maas.domain.value_rules import fold
from maas.services.ports.registry import Registry
from tests.support.registry_server import make_model, person

SORTS = ("created_at", "-created_at", "name", "-name")
_NAMES = (
    "Iris",
    "iris-2",
    "IRIS large",
    "Straße",
    "strasse 2",
    "wine",
    "Wine\U0003134a\U0003134a",
    "zebra",
    "ärger",
    "a",
)
_TAGS = (("a",), ("a", "b"), (), ("b", "c:1"), ("a", "b", "c:1"))


async def populate(registry: Registry, by: Principal) -> list[Model]:
    """Creates ten models of two owners, one of them `by`."""
    owners = (by, person(by.tenant_id))
    made = []
    for number, name in enumerate(_NAMES):
        model = await make_model(
            registry,
            owners[number % 3 % 2],
            name,
            framework=("onnx", "sklearn", "custom")[number % 3],
            tags=_TAGS[number % 5],
            is_public=number % 4 == 0,
        )
        if number % 2:
            model = await registry.update_model(by, model.id, ModelChange(status=("running", "ready")[number % 4 // 3]))
        made.append(model)
        await asyncio.sleep(0.002)  # so that each is created in another millisecond
    return made


def filters(models: Sequence[Model]) -> list[dict[str, Any]]:
    """Returns single filters, most with a value that some models have and others lack, a few that match no model."""
    times = sorted(model.created_at for model in models)
    return [
        {"q": "IRI"},
        {"q": "wine"},
        {"name": "STRASSE"},
        {"name": "nothing"},
        {"framework": "sklearn"},
        {"status": "running"},
        {"status": "archived"},
        {"owner_id": models[1].owner_id},
        {"tags": ("A",)},
        {"tags": ("b", "c:1")},
        {"is_public": True},
        {"is_public": False},
        {"created_after": times[3]},
        {"created_before": times[7]},
        {"created_after": times[2] + timedelta(microseconds=1), "created_before": times[8]},
    ]


def pairs(models: Sequence[Model]) -> list[dict[str, Any]]:
    """Returns every pair of filters that concern different fields."""
    return [one | other for one, other in combinations(filters(models), 2) if not one.keys() & other.keys()]


def expected(models: Sequence[Model], narrowed: ModelFilter, sort: str) -> list[str]:
    """Returns the ids that the list must have, in its order."""
    found = [
        model
        for model in models
        if fold(model.name).startswith(fold(narrowed.q))
        if not narrowed.name or fold(model.name) == fold(narrowed.name)
        if narrowed.framework in ("", model.framework)
        if narrowed.status in ("", model.status)
        if narrowed.owner_id in ("", model.owner_id)
        if {tag.lower() for tag in narrowed.tags} <= set(model.tags)
        if narrowed.is_public in (None, model.is_public)
        if narrowed.created_after is None or model.created_at >= narrowed.created_after
        if narrowed.created_before is None or model.created_at < narrowed.created_before
    ]
    found.sort(key=lambda model: fold(model.name) if "name" in sort else model.id, reverse=sort.startswith("-"))
    return [model.id for model in found]


async def all_pages(
    registry: Registry, by: Principal, narrowed: ModelFilter, *, sort: str, limit: int
) -> tuple[list[str], set[int | None]]:
    """Follows the cursors to the end and returns the ids of all pages, and the totals that the pages named."""
    ids: list[str] = []
    totals: set[int | None] = set()
    cursor = ""
    while True:
        page = await registry.list_models(by, narrowed, WantedPage(limit=limit, cursor=cursor, sort=sort))
        ids += [model.id for model in page.items]
        totals.add(page.total)
        cursor = page.next_cursor
        if not cursor:
            return ids, totals
