"""Queries of lists: the index, the range of its sort key, and the filter on the facets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from functions.registry.store.list_keys import ModelList, equal_facets, list_by
from functions.registry.store.transactions import attributes
from maas.domain.catalog.models import ModelFilter
from maas.domain.ids import first_id, milliseconds

# The longest sort key of DynamoDB, in bytes; the highest character takes four of them.
_KEY_MAX, _HIGHEST = 1024, "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Range:
    """A range of sort keys that includes both bounds; an empty bound is open."""

    low: str = ""
    high: str = ""

    def __bool__(self) -> bool:
        return bool(self.low or self.high)

    def after(self, position: str, *, descending: bool) -> "Range":
        """The rest of the range from a position on, the position included."""
        if not position:
            return self
        return Range(self.low, position) if descending else Range(position, self.high)


def names(narrowed: ModelFilter) -> Range:
    """The range of names that the filters `name` and `q` select."""
    if narrowed.name:
        return Range(narrowed.name, narrowed.name)
    if narrowed.q:
        left = _KEY_MAX - len(narrowed.q.encode())
        return Range(narrowed.q, narrowed.q + _HIGHEST * (left // len(_HIGHEST.encode())))
    return Range()


def contradicts_itself(narrowed: ModelFilter) -> bool:
    """Returns whether no name can match both `name` and `q`."""
    return bool(narrowed.name) and not narrowed.name.startswith(narrowed.q)


def times(narrowed: ModelFilter) -> Range:
    """The range of ids of the models created in the filter's period: a UUIDv7 contains its time in milliseconds."""
    low, high = narrowed.created_after, narrowed.created_before
    return Range(
        first_id(milliseconds(low, up=True)) if low else "",
        first_id(milliseconds(high, up=True)) if high else "",
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """A Query of `model_list`, by name or by time. A filter expression compares what list and range do not select."""

    model_list: ModelList
    narrowed: ModelFilter
    by_name: bool
    within: Range
    descending: bool = False

    def arguments(self) -> dict[str, Any]:
        """Keyword arguments for boto3's `query`."""
        bound: dict[str, Any] = {":list": self.model_list.key}
        condition = _between("#sort", self.within, bound, "")
        compared = self._compared(bound)
        return {
            "IndexName": f"{self.model_list.kind}_{'name' if self.by_name else 'time'}",
            "KeyConditionExpression": "#list = :list" + (f" AND {condition}" if condition else ""),
            "ExpressionAttributeNames": {
                "#list": self.model_list.attribute,
                **({"#sort": self.model_list.name_attribute if self.by_name else "model_id"} if condition else {}),
                **compared.names,
            },
            "ExpressionAttributeValues": attributes(bound),
            "ScanIndexForward": not self.descending,
            **({"FilterExpression": " AND ".join(compared.conditions)} if compared.conditions else {}),
        }

    @property
    def compares(self) -> bool:
        """Returns whether the Query has a filter expression, so that it reads more items than it returns."""
        return bool(self._compared({}).conditions)

    def _compared(self, bound: dict[str, Any]) -> "_Compared":
        found = _Compared(bound)
        for facet, value in equal_facets(self.narrowed).items():
            if self.model_list != list_by(facet, value, self.model_list.tenant_id):
                found.equal(facet, value)
        for tag in self.narrowed.tags:
            if (self.model_list.kind, self.model_list.value) != ("tag", tag):
                found.contains(tag)
        if not self.by_name:
            found.within("name", names(self.narrowed))
        else:
            found.within("id", times(self.narrowed))
        return found


class _Compared:
    """Builds a filter expression; its values are added to `bound`."""

    def __init__(self, bound: dict[str, Any]) -> None:
        self.conditions: list[str] = []
        self.names: dict[str, str] = {}
        self._bound = bound

    def equal(self, facet: str, value: Any) -> None:
        self.conditions.append(f"{self._path(facet)} = :{facet}")
        self._bound[f":{facet}"] = value

    def contains(self, tag: str) -> None:
        bound = f":tag{len(self.conditions)}"
        self.conditions.append(f"contains({self._path('tags')}, {bound})")
        self._bound[bound] = tag

    def within(self, facet: str, wanted: Range) -> None:
        if wanted:
            self.conditions.append(_between(self._path(facet), wanted, self._bound, facet))

    def _path(self, facet: str) -> str:
        self.names[f"#{facet}"] = facet
        return f"facets.#{facet}"


def _between(path: str, wanted: Range, bound: dict[str, Any], prefix: str) -> str:
    low, high = f":{prefix}low", f":{prefix}high"
    ends: Mapping[str, str] = {low: wanted.low, high: wanted.high}
    bound |= {name: value for name, value in ends.items() if value}
    if wanted.low and wanted.high:
        return f"{path} BETWEEN {low} AND {high}"
    if wanted.low:
        return f"{path} >= {low}"
    return f"{path} <= {high}" if wanted.high else ""
