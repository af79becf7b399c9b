"""References to a version: an exact number, `latest`, an alias, or a range."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import semver

from maas.domain import value_rules
from maas.domain.catalog.ranges import Comparator, Comparators, parse_range, release, satisfies
from maas.domain.catalog.versions import LATEST, parse, sort_key
from maas.domain.errors import InvalidInput, Rule

REFERENCE_MAX = 256
# Sort keys begin with a digit; a release's ends with "~", and after its numbers a prerelease's goes on with "!".
_FIRST, _LAST = "0", "~"


@dataclass(frozen=True, slots=True)
class Span:
    """Sort keys from `low` to `high`, both included, of releases or of prereleases."""

    prereleases: bool
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class Reference:
    """`number` is set for an exact version, `alternatives` for a range (as `text` has it), `alias` for one, and nothing
    for `latest`.
    """

    number: str = ""
    alternatives: tuple[Comparators, ...] = ()
    alias: str = ""
    text: str = field(default="", compare=False)

    @property
    def kind(self) -> str:
        """What people call the thing that is meant."""
        if self.alias:
            return "alias"
        return "version" if self.number else "published version"

    def matches(self, number: str) -> bool:
        """Whether `number` is in the range; build metadata is ignored."""
        version = semver.Version.parse(number)
        return any(satisfies(version, comparators) for comparators in self.alternatives)

    def spans(self) -> list[Span]:
        """All that matches is in these; of what is in one, only what is at its two ends may not match."""
        found = [span for comparators in self.alternatives for span in _spans(comparators)]
        return [span for span in dict.fromkeys(found) if span.low <= span.high]


def parse_reference(text: str, field: str = "ref") -> Reference:
    """An exact number as versions.parse takes it, `latest`, a range as npm writes them, or an alias.

    Raises:
        InvalidInput: it is none of these, or longer than 256 characters.
    """
    if len(text) > REFERENCE_MAX:
        raise InvalidInput.of(field, Rule.MAX_LENGTH, f"must have at most {REFERENCE_MAX} characters")
    if text == LATEST:
        return Reference()
    if semver.Version.is_valid(text.removeprefix("v")):
        return Reference(number=parse(text, field))
    if value_rules.is_alias(text):
        return Reference(alias=text)
    return Reference(alternatives=parse_range(text, field), text=" ".join(text.split()))


def _spans(comparators: Comparators) -> list[Span]:
    """One of releases, and one for each release whose prereleases are asked for by name."""
    by_release = [Comparator(c.operator, semver.Version(*release(c.version))) for c in comparators]
    named = [c.version for c in comparators if c.version.prerelease is not None and not _is_sugar(c)]
    return [
        Span(False, *_ends(by_release, _FIRST, _LAST)),
        *(Span(True, *_ends(comparators, f"{_base(version)}!", f"{_base(version)}~")) for version in named),
    ]


def _is_sugar(comparator: Comparator) -> bool:
    """`<2.0.0-0` holds for no prerelease of 2.0.0."""
    return comparator.operator == "<" and comparator.version.prerelease == "0"


def _base(version: semver.Version) -> str:
    return sort_key(str(version.finalize_version())).removesuffix(_LAST)


def _ends(comparators: Sequence[Comparator], low: str, high: str) -> tuple[str, str]:
    keys = [(comparator.operator, sort_key(str(comparator.version))) for comparator in comparators]
    lows = [key for operator, key in keys if operator[0] in "=>"]
    highs = [key for operator, key in keys if operator[0] in "=<"]
    return max([low, *lows]), min([high, *highs])
