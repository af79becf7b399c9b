"""Ranges of versions as npm writes them (https://github.com/npm/node-semver#ranges), taken apart into comparators.

What matches is the same, without npm's loose mode. Three things that mean "everything" there are refused here, for they
are slips more often than meant: an empty range, nothing beside a `||`, and a number after an x (`^x.1`).
"""

import re
from dataclasses import dataclass

import semver

from maas.domain.catalog.versions import VERSION_MAX
from maas.domain.errors import InvalidInput, Rule

# Each part of a range can cost two reads of the table.
PARTS_MAX = 16

_NUMBER = r"(x|X|\*|0|[1-9][0-9]*)"
_IDENTIFIER = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_PRERELEASE = rf"(?:-({_IDENTIFIER}(?:\.{_IDENTIFIER})*))?"
_BUILD = r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
_PART = re.compile(rf"(<=|>=|<|>|=|\^|~>|~|)v?{_NUMBER}(?:\.{_NUMBER}(?:\.{_NUMBER}{_PRERELEASE})?)?{_BUILD}")
_OPERATOR_ALONE = re.compile(r"(<=|>=|<|>|=|\^|~>|~) +")


@dataclass(frozen=True, slots=True)
class Comparator:
    """One condition on a version: `operator` is one of `=`, `<`, `<=`, `>`, `>=`."""

    operator: str
    version: semver.Version

    def holds(self, version: semver.Version) -> bool:
        """By precedence, so build metadata is ignored."""
        return "=><"[version.compare(self.version)] in self.operator


@dataclass(frozen=True, slots=True)
class _Partial:
    """The numbers before the first that is left out or an x; `prerelease` only where all three are there."""

    numbers: tuple[int, ...]
    prerelease: str | None

    @property
    def is_full(self) -> bool:
        return len(self.numbers) == 3

    def lowest(self) -> semver.Version:
        return _version(self.numbers, self.prerelease)

    def after(self, kept: int) -> tuple[int, ...]:
        """The numbers after all that begin with the first `kept` of these."""
        return (*self.numbers[: kept - 1], self.numbers[kept - 1] + 1)


Comparators = tuple[Comparator, ...]
_ANYTHING: Comparators = ()
_NOTHING: Comparators = (Comparator("<", semver.Version(0, 0, 0, "0")),)


def parse_range(text: str, field: str) -> tuple[Comparators, ...]:
    """Alternatives, each of comparators that must all hold.

    Raises:
        InvalidInput: it is no range, one of its versions is longer than 64 characters, or it has more than 16 parts.
    """
    if not (text.isascii() and text.isprintable()):
        raise _no_range(field)
    alternatives = [_OPERATOR_ALONE.sub(r"\1", part).split() for part in text.split("||")]
    if sum(map(len, alternatives)) > PARTS_MAX:
        raise InvalidInput.of(field, Rule.MAX_ITEMS, f"must have at most {PARTS_MAX} parts")
    found = tuple(_alternative(words, field) for words in alternatives)
    # As npm has it: beside a part that takes every release, no other brings in prereleases.
    return (_ANYTHING,) if _ANYTHING in found else found


def satisfies(version: semver.Version, comparators: Comparators) -> bool:
    """Whether all hold; a prerelease also needs one that names a prerelease of the same major.minor.patch."""
    if not all(comparator.holds(version) for comparator in comparators):
        return False
    return version.prerelease is None or any(
        comparator.version.prerelease is not None and release(comparator.version) == release(version)
        for comparator in comparators
    )


def release(version: semver.Version) -> tuple[int, int, int]:
    return version.major, version.minor, version.patch


def _alternative(words: list[str], field: str) -> Comparators:
    if not words:
        raise _no_range(field)
    if len(words) == 3 and words[1] == "-":
        return (*_at_least(_bound(words[0], field)), *_at_most(_bound(words[2], field)))
    return tuple(comparator for word in words for comparator in _comparators(*_parsed(word, field)))


def _bound(word: str, field: str) -> _Partial:
    """One end of a hyphen range."""
    operator, partial = _parsed(word, field)
    if operator:
        raise _no_range(field)
    return partial


def _parsed(word: str, field: str) -> tuple[str, _Partial]:
    if len(word.lstrip("<>=^~")) > VERSION_MAX:
        raise InvalidInput.of(field, Rule.MAX_LENGTH, f"must have versions of at most {VERSION_MAX} characters")
    found = _PART.fullmatch(word)
    if found is None:
        raise _no_range(field)
    operator, *numbers, prerelease = found.groups()
    given = [number for number in numbers if number is not None]
    known = next((at for at, number in enumerate(given) if number in "xX*"), len(given))
    if any(number not in "xX*" for number in given[known:]):
        raise _no_range(field)
    return operator, _Partial(tuple(map(int, given[:known])), prerelease if known == 3 else None)


def _comparators(operator: str, partial: _Partial) -> Comparators:
    if not partial.numbers:
        return _NOTHING if operator in {"<", ">"} else _ANYTHING
    match operator:
        case "^":
            first = next((at for at, number in enumerate(partial.numbers, 1) if number), len(partial.numbers))
            return (*_at_least(partial), _below(partial.after(first)))
        case "~" | "~>":
            return (*_at_least(partial), _below(partial.after(min(len(partial.numbers), 2))))
        case "<=":
            return _at_most(partial)
        case ">=":
            return _at_least(partial)
        case "<":
            return (Comparator("<", partial.lowest()) if partial.is_full else _below(partial.numbers),)
        case ">":
            return (Comparator(">", partial.lowest()) if partial.is_full else _after(partial),)
    if partial.is_full:
        return (Comparator("=", partial.lowest()),)
    return (*_at_least(partial), *_at_most(partial))


def _at_least(partial: _Partial) -> Comparators:
    lowest = partial.lowest()
    return _ANYTHING if lowest == semver.Version(0) else (Comparator(">=", lowest),)


def _at_most(partial: _Partial) -> Comparators:
    if not partial.numbers:
        return _ANYTHING
    return (Comparator("<=", partial.lowest()) if partial.is_full else _below(partial.after(len(partial.numbers))),)


def _after(partial: _Partial) -> Comparator:
    return Comparator(">=", _version(partial.after(len(partial.numbers))))


def _below(numbers: tuple[int, ...]) -> Comparator:
    """Lower than the first prerelease of all."""
    return Comparator("<", _version(numbers, "0"))


def _version(numbers: tuple[int, ...], prerelease: str | None = None) -> semver.Version:
    major, minor, patch = (*numbers, 0, 0, 0)[:3]
    return semver.Version(major, minor, patch, prerelease)


def _no_range(field: str) -> InvalidInput:
    message = "must be a version such as 1.2.3, `latest`, an alias, or a range such as ^1.2, 1.x or >=1.2 <2"
    return InvalidInput.of(field, Rule.REFERENCE, message)
