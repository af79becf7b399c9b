"""Changelogs of models: the published versions and their descriptions of changes."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Protocol

from maas.domain.catalog.models import Model
from maas.domain.catalog.references import parse_reference
from maas.domain.catalog.versions import SERVED, Version, newer
from maas.domain.errors import InvalidInput, Rule
from maas.domain.identity.principals import Principal
from maas.services.ports.models import ModelReader
from maas.services.ports.version_registry import VersionRegistry
from maas.services.references import check, resolve

# More entries of maximum length would not fit into a response.
ENTRIES_MAX = 50
_PAGE = 50


class Registry(ModelReader, VersionRegistry, Protocol):
    """The parts of the registry that are asked."""


@dataclass(frozen=True, slots=True)
class Changelog:
    """At most ENTRIES_MAX versions, highest precedence first. `next_to` is the `to` of the next page, or empty."""

    model: Model
    versions: tuple[Version, ...]
    next_to: str


class ChangelogService:
    """The use case of reading a changelog."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    async def changelog(
        self, by: Principal, model_id: str, *, after: str = "", to: str = "", within: str = ""
    ) -> Changelog:
        """Lists published and deprecated versions above `after`, up to `to`, and in the range `within`.

        `after` and `to` are references. An empty `after` is below all versions. An empty `to` means `latest`, or no
        upper bound if there is no latest version or `within` is set.

        Raises InvalidInput (after, to, within), NotFound (model_id, after, to), Unavailable.
        """
        check({argument: ref for argument, ref in (("after", after), ("to", to)) if ref})
        matches = _range_matcher(within) if within else _matches_all
        model = await self._registry.get_model(by, model_id)
        low = await self._number(by, model.id, after, "after") if after else ""
        default = "" if within else model.latest_version
        high = await self._number(by, model.id, to, "to") if to else default
        if low and high and newer(low, high):
            raise InvalidInput.of(
                "after", Rule.ORDER, f"is {low}, and must not be above {high}, where the changelog ends"
            )
        entries: list[Version] = []
        async for version in self._versions_down_from(by, model.id, high):
            if len(entries) > ENTRIES_MAX or (low and not newer(version.version, low)):
                break
            if version.state in SERVED and matches(version.version):
                entries.append(version)
        next_to = entries[ENTRIES_MAX].version if len(entries) > ENTRIES_MAX else ""
        return Changelog(model, tuple(entries[:ENTRIES_MAX]), next_to)

    async def _number(self, by: Principal, model_id: str, ref: str, argument: str) -> str:
        return (await resolve(self._registry, by, model_id, ref, argument)).version

    async def _versions_down_from(self, by: Principal, model_id: str, high: str) -> AsyncIterator[Version]:
        """Yields versions by descending precedence, starting at `high`; all versions if it is empty."""
        cursor, more = "", True
        while more:
            page = await self._registry.list_versions(by, model_id, limit=_PAGE, cursor=cursor)
            for version in page.items:
                if not high or not newer(version.version, high):
                    yield version
            cursor, more = page.next_cursor, bool(page.next_cursor)


def _matches_all(_number: str) -> bool:
    return True


def _range_matcher(text: str) -> Callable[[str], bool]:
    reference = parse_reference(text, "within")
    if reference.number:
        return reference.number.__eq__
    if not reference.alternatives:
        raise InvalidInput.of("within", Rule.REFERENCE, "must be a range such as ^1.2, 1.x or >=1.2 <2")
    return reference.matches
