"""References to a version: an exact number, `latest`, an alias, or a range."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import semver

from maas.domain import value_rules
from maas.domain.catalog.ranges import Comparator, Comparators, parse_range, release, satisfies
from maas.domain.catalog.versions import LATEST, parse, sort_key
from maas.domain.errors import InvalidInput, Rule

REFERENCE_MAX = 256
# Every sort key begins with a digit. After its numbers, a release ends with "~" and a prerelease continues with "!".
_FIRST, _LAST = "0", "~"


@dataclass(frozen=True, slots=True)
class Span:
    """An interval of sort keys, with both ends, of releases or of prereleases."""

    prereleases: bool
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A parsed reference.

    An exact version has `number`, a range has `alternatives` and `text`, an alias has `alias`; `latest` has none.
    """

    number: str = ""
    alternatives: tuple[Comparators, ...] = ()
    alias: str = ""
    text: str = field(default="", compare=False)

    @property
    def kind(self) -> str:
        """The kind of reference, for the message of NotFound."""
        if self.alias:
            return "alias"
        return "version" if self.number else "published version"

    def matches(self, number: str) -> bool:
        """Returns whether the range matches `number`; build metadata is ignored."""
        version = semver.Version.parse(number)
        return any(satisfies(version, comparators) for comparators in self.alternatives)

    def spans(self) -> list[Span]:
        """Spans that contain every match of the range. In a span, only the versions at its two ends may not match."""
        found = [span for comparators in self.alternatives for span in _spans(comparators)]
        return [span for span in dict.fromkeys(found) if span.low <= span.high]


def parse_reference(text: str, field: str = "ref") -> Reference:
    """Parses an exact number (versions.parse), `latest`, a range (npm's syntax) or an alias.

    Raises:
        InvalidInput: `text` is none of these, or longer than 256 characters.
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
    """One span of releases, and a span of prereleases for each release of which a comparator names a prerelease."""
    by_release = [Comparator(c.operator, semver.Version(*release(c.version))) for c in comparators]
    named = [c.version for c in comparators if c.version.prerelease is not None and not _is_upper_bound(c)]
    return [
        Span(False, *_ends(by_release, _FIRST, _LAST)),
        *(Span(True, *_ends(comparators, f"{_base(version)}!", f"{_base(version)}~")) for version in named),
    ]


def _is_upper_bound(comparator: Comparator) -> bool:
    """Returns whether the comparator is an upper bound such as `<2.0.0-0`, which excludes prereleases of 2.0.0."""
    return comparator.operator == "<" and comparator.version.prerelease == "0"


def _base(version: semver.Version) -> str:
    return sort_key(str(version.finalize_version())).removesuffix(_LAST)


def _ends(comparators: Sequence[Comparator], low: str, high: str) -> tuple[str, str]:
    keys = [(comparator.operator, sort_key(str(comparator.version))) for comparator in comparators]
    lows = [key for operator, key in keys if operator[0] in "=>"]
    highs = [key for operator, key in keys if operator[0] in "=<"]
    return max([low, *lows]), min([high, *highs])
