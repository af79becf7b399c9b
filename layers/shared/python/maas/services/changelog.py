"""What changed from version to version, told by those who published them."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from maas.domain.catalog.models import Model
from maas.domain.catalog.references import parse_reference
from maas.domain.catalog.versions import SERVED, Version, newer
from maas.domain.errors import InvalidInput, Rule
from maas.domain.identity.principals import Principal
from maas.services.ports.registry import Registry
from maas.services.references import referenced

# Of the longest texts there are, more would not fit into an answer.
ENTRIES_MAX = 50
_PAGE = 50


@dataclass(frozen=True, slots=True)
class Changelog:
    """At most 50 versions, highest precedence first; `next_to` is the next number, to ask for as `to`, or empty."""

    model: Model
    versions: tuple[Version, ...]
    next_to: str


class ChangelogService:
    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    async def changelog(
        self, by: Principal, model_id: str, *, after: str = "", to: str = "", within: str = ""
    ) -> Changelog:
        """Versions that are or were published: above `after` and up to `to`, both any reference; in the range `within`.

        An empty `after` is below all; an empty `to` is `latest`, or above all where there is none or `within` is set.

        Raises InvalidInput (after, to, within), NotFound (model_id, after, to), Unavailable.
        """
        model = await self._registry.get_model(by, model_id)
        matches = _range(within) if within else _everything
        low = await self._number(by, model_id, after, "after") if after else ""
        default = "" if within else model.latest_version
        high = await self._number(by, model_id, to, "to") if to else default
        if low and high and newer(low, high):
            raise InvalidInput.of(
                "after", Rule.ORDER, f"is {low}, and must not be above {high}, where the changelog ends"
            )
        found: list[Version] = []
        async for version in self._below(by, model_id, high):
            if len(found) > ENTRIES_MAX or (low and not newer(version.version, low)):
                break
            if version.state in SERVED and matches(version.version):
                found.append(version)
        next_to = found[ENTRIES_MAX].version if len(found) > ENTRIES_MAX else ""
        return Changelog(model, tuple(found[:ENTRIES_MAX]), next_to)

    async def _number(self, by: Principal, model_id: str, ref: str, argument: str) -> str:
        return (await referenced(self._registry, by, model_id, ref, argument)).version

    async def _below(self, by: Principal, model_id: str, high: str) -> AsyncIterator[Version]:
        """Versions from `high` down; all if it is empty."""
        cursor, more = "", True
        while more:
            page = await self._registry.list_versions(by, model_id, limit=_PAGE, cursor=cursor)
            for version in page.items:
                if not high or not newer(version.version, high):
                    yield version
            cursor, more = page.next_cursor, bool(page.next_cursor)


def _everything(_number: str) -> bool:
    return True


def _range(text: str) -> Callable[[str], bool]:
    reference = parse_reference(text, "within")
    if reference.number:
        return reference.number.__eq__
    if not reference.alternatives:
        raise InvalidInput.of("within", Rule.REFERENCE, "must be a range such as ^1.2, 1.x or >=1.2 <2")
    return reference.matches
