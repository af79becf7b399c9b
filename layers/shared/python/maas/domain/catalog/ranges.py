"""Parses npm's ranges of versions (https://github.com/npm/node-semver#ranges) into comparators.

A range matches the same versions as in npm, without npm's loose mode. Three forms that match every version in npm are
refused, because they are usually mistakes: an empty range, an empty alternative beside `||`, and a number after an x
(`^x.1`).
"""

import re
from dataclasses import dataclass

import semver

from maas.domain.catalog.versions import VERSION_MAX
from maas.domain.errors import InvalidInput, Rule

# Each part of a range can cost two reads of the registry's table.
PARTS_MAX = 16

_NUMBER = r"(x|X|\*|0|[1-9][0-9]*)"
_IDENTIFIER = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_PRERELEASE = rf"(?:-({_IDENTIFIER}(?:\.{_IDENTIFIER})*))?"
_BUILD = r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
_PART = re.compile(rf"(<=|>=|<|>|=|\^|~>|~|)v?{_NUMBER}(?:\.{_NUMBER}(?:\.{_NUMBER}{_PRERELEASE})?)?{_BUILD}")
_OPERATOR_ALONE = re.compile(r"(<=|>=|<|>|=|\^|~>|~) +")


@dataclass(frozen=True, slots=True)
class Comparator:
    """A condition on a version. `operator` is `=`, `<`, `<=`, `>` or `>=`."""

    operator: str
    version: semver.Version

    def holds(self, version: semver.Version) -> bool:
        """Returns whether `version` meets the condition. Precedence decides, so build metadata is ignored."""
        return "=><"[version.compare(self.version)] in self.operator


@dataclass(frozen=True, slots=True)
class _Partial:
    """A version of one to three numbers, or of none (`*`).

    `numbers` are those before the first one that is missing or an x. `prerelease` is set only beside three numbers.
    """

    numbers: tuple[int, ...]
    prerelease: str | None

    @property
    def is_full(self) -> bool:
        return len(self.numbers) == 3

    def lowest(self) -> semver.Version:
        return _version(self.numbers, self.prerelease)

    def after(self, kept: int) -> tuple[int, ...]:
        """The lowest numbers above every version that begins with the first `kept` numbers.

        After the first 2 numbers of 1.2.3 comes 1.3.
        """
        return (*self.numbers[: kept - 1], self.numbers[kept - 1] + 1)


Comparators = tuple[Comparator, ...]
_ANYTHING: Comparators = ()
_NOTHING: Comparators = (Comparator("<", semver.Version(0, 0, 0, "0")),)


def parse_range(text: str, field: str) -> tuple[Comparators, ...]:
    """The alternatives of a range. A version matches an alternative if all of its comparators hold.

    Raises:
        InvalidInput: `text` is not a range, has a version of more than 64 characters, or has more than 16 parts.
    """
    if not (text.isascii() and text.isprintable()):
        raise _not_a_range(field)
    alternatives = [_OPERATOR_ALONE.sub(r"\1", part).split() for part in text.split("||")]
    if sum(map(len, alternatives)) > PARTS_MAX:
        raise InvalidInput.of(field, Rule.MAX_ITEMS, f"must have at most {PARTS_MAX} parts")
    found = tuple(_alternative(words, field) for words in alternatives)
    # As in npm, an alternative that matches every release makes the others, and so their prereleases, irrelevant.
    return (_ANYTHING,) if _ANYTHING in found else found


def satisfies(version: semver.Version, comparators: Comparators) -> bool:
    """Returns whether all comparators hold.

    A prerelease also needs a comparator that names a prerelease of the same major.minor.patch.
    """
    if not all(comparator.holds(version) for comparator in comparators):
        return False
    return version.prerelease is None or any(
        comparator.version.prerelease is not None and release(comparator.version) == release(version)
        for comparator in comparators
    )


def release(version: semver.Version) -> tuple[int, int, int]:
    """(major, minor, patch)."""
    return version.major, version.minor, version.patch


def _alternative(words: list[str], field: str) -> Comparators:
    if not words:
        raise _not_a_range(field)
    if len(words) == 3 and words[1] == "-":
        return (*_at_least(_bound(words[0], field)), *_at_most(_bound(words[2], field)))
    return tuple(comparator for word in words for comparator in _comparators(*_parsed(word, field)))


def _bound(word: str, field: str) -> _Partial:
    """One end of a hyphen range such as `1.2 - 2`."""
    operator, partial = _parsed(word, field)
    if operator:
        raise _not_a_range(field)
    return partial


def _parsed(word: str, field: str) -> tuple[str, _Partial]:
    if len(word.lstrip("<>=^~")) > VERSION_MAX:
        raise InvalidInput.of(field, Rule.MAX_LENGTH, f"must have versions of at most {VERSION_MAX} characters")
    found = _PART.fullmatch(word)
    if found is None:
        raise _not_a_range(field)
    operator, *numbers, prerelease = found.groups()
    written = [number for number in numbers if number is not None]
    known = next((at for at, number in enumerate(written) if number in "xX*"), len(written))
    if any(number not in "xX*" for number in written[known:]):
        raise _not_a_range(field)
    return operator, _Partial(tuple(map(int, written[:known])), prerelease if known == 3 else None)


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
    """Below `numbers` and all of its prereleases."""
    return Comparator("<", _version(numbers, "0"))


def _version(numbers: tuple[int, ...], prerelease: str | None = None) -> semver.Version:
    major, minor, patch = (*numbers, 0, 0, 0)[:3]
    return semver.Version(major, minor, patch, prerelease)


def _not_a_range(field: str) -> InvalidInput:
    message = "must be a version such as 1.2.3, `latest`, an alias, or a range such as ^1.2, 1.x or >=1.2 <2"
    return InvalidInput.of(field, Rule.REFERENCE, message)
