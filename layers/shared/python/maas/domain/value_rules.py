"""Rules of single values. Each function returns the stored form, or raises InvalidInput with the field and its rule."""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TypeVar

from maas.domain.characters import (
    code_point,
    first_hidden,
    hidden_in_label,
    misleading_in_prose,
    visible,
    with_plain_spaces,
    without_joiners,
)
from maas.domain.errors import InvalidInput, Rule

NAME_MAX = 128
DESCRIPTION_MAX = 4096
# Each tag is an item and a counter in the transaction of a change, and a DynamoDB transaction has at most 100 writes.
TAGS_MAX, TAG_MAX = 20, 64
ALIAS_MAX = 63
REASON_MAX = 1024
MODEL_CARD_MAX = 16 * 1024
METRICS_MAX, METRIC_NAME_MAX = 50, 128
METADATA_MAX, METADATA_KEY_MAX, METADATA_VALUE_MAX = 50, 128, 2048
# A page of 100 models must fit into one answer of a Lambda function, 6 MB.
MODEL_METADATA_MAX_BYTES = 32 * 1024
TWIN = "must be given once; names are compared in Unicode NFC and without joiners"
# The largest page number that fits the wire's int32.
PAGE_MAX = 2**31 - 1

T = TypeVar("T")

_TAG = re.compile(r"[a-z0-9][a-z0-9._:/-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ALIAS = re.compile(rf"[a-z][a-z0-9-]{{0,{ALIAS_MAX - 1}}}")
# Ranges, and texts that look like one: x, vx, v1, v01.
_LIKE_A_RANGE = re.compile(r"v?(x|[0-9]+)")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def text(field: str, value: str, *, maximum: int, minimum: int = 0, multiline: bool = False) -> str:
    """NFC text of `minimum` to `maximum` characters without control characters; `multiline` allows newline and tab."""
    value = nfc(field, value, maximum)
    if len(value) < minimum:
        raise InvalidInput.of(field, Rule.MIN_LENGTH, f"must have at least {minimum} character(s)")
    allowed = "\n\r\t" if multiline else ""
    if any(unicodedata.category(c) in {"Cc", "Cs"} and c not in allowed for c in value):
        raise InvalidInput.of(field, Rule.CONTROL_CHARACTERS, "must not have control characters")
    return value


def label(field: str, value: str, *, maximum: int, minimum: int = 0, joiners: bool = True) -> str:
    """Text of one line, without characters that can't be seen or change the direction.

    `joiners` allows those that change how a word of an Arabic or Indic script is written.
    """
    value = text(field, value, minimum=minimum, maximum=maximum)
    if hidden := hidden_in_label(value) if joiners else first_hidden(value):
        message = f"must not have {code_point(hidden)}, which can't be seen or changes the text's direction"
        raise InvalidInput.of(field, Rule.INVISIBLE, message)
    return value


def prose(field: str, value: str, *, maximum: int, minimum: int = 0) -> str:
    """Text of any number of lines, without characters that make it read otherwise than it is."""
    value = text(field, value, minimum=minimum, maximum=maximum, multiline=True)
    if misleading := misleading_in_prose(value):
        message = f"must not have {code_point(misleading)}, which makes text read otherwise than it is"
        raise InvalidInput.of(field, Rule.INVISIBLE, message)
    return value


def by_stored_name(field: str, values: Mapping[str, T], *, maximum: int, minimum: int = 1) -> dict[str, T]:
    """The values by names that are labels. Two names with the same stored form would be one, and a value be lost."""
    kept: dict[str, T] = {}
    seen: set[str] = set()
    for name, value in values.items():
        stored = label(entry(field, name), name, minimum=minimum, maximum=maximum)
        if without_joiners(stored) in seen:
            raise InvalidInput.of(entry(field, name), Rule.REPEATED, TWIN)
        seen.add(without_joiners(stored))
        kept[stored] = value
    return kept


def nfc(field: str, value: str, maximum: int) -> str:
    """The NFC form of at most `maximum` characters.

    The length is checked before too, because normalizing a long run of accents takes quadratic time.
    """
    if len(value) <= maximum:
        value = unicodedata.normalize("NFC", value)
    if len(value) > maximum:
        raise InvalidInput.of(field, Rule.MAX_LENGTH, f"must have at most {maximum} characters")
    return value


def is_unicode(value: str) -> bool:
    """Returns whether `value` can be encoded: Python and JSON escapes allow a lone surrogate, UTF-8 does not."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def name(value: str, field: str = "name") -> str:
    """A name: a label of 1 to 128 characters without white space at either end.

    Each run of spaces of any width becomes one space.
    """
    value = label(field, value, minimum=1, maximum=NAME_MAX)
    if value != value.strip():
        raise InvalidInput.of(field, Rule.TRIMMED, "must not begin or end with white space")
    return with_plain_spaces(value)


def fold(value: str) -> str:
    """The form in which names are compared: NFC and case folded (Unicode 3.13, default caseless matching)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", value).casefold())


def unique_form(value: str) -> str:
    """The form in which names of models are unique in a tenant: folded, and without joiners."""
    return fold(without_joiners(value))


def description(value: str) -> str:
    return prose("description", value, maximum=DESCRIPTION_MAX)


def changelog(value: str) -> str:
    return prose("changelog", value, maximum=DESCRIPTION_MAX)


def reason(value: str, field: str = "reason") -> str:
    """1 to 1024 characters, after white space at both ends is dropped."""
    return prose(field, value.strip(), minimum=1, maximum=REASON_MAX)


def optional_reason(value: str) -> str:
    return value and reason(value)


def is_alias(value: str) -> bool:
    """Returns whether `value` has the form of an alias, and not that of a version number or a range."""
    return bool(_ALIAS.fullmatch(value)) and not _LIKE_A_RANGE.fullmatch(value)


def alias_name(value: str, field: str) -> str:
    if not _ALIAS.fullmatch(value):
        message = f"must be 1 to {ALIAS_MAX} lower-case letters, digits and hyphens, beginning with a letter"
        raise InvalidInput.of(field, Rule.ALIAS, message)
    if not is_alias(value):
        raise InvalidInput.of(field, Rule.ALIAS, "must not look like a version or a range of versions")
    return value


def moment(value: str, field: str) -> datetime:
    """An RFC 3339 time with its offset, as UTC; digits below microseconds are dropped."""
    try:
        if _MOMENT.fullmatch(value):
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        pass  # month 13, or a time that is before year 1 in UTC
    raise InvalidInput.of(
        field, Rule.RFC3339, "must be a time such as 2026-11-21T09:00:00Z or 2026-11-21T09:00:00+01:00"
    )


def model_card(value: str) -> str:
    """Markdown, stored as it is and never rendered by the service."""
    return prose("model_card", value, maximum=MODEL_CARD_MAX)


def metrics(values: Mapping[str, float]) -> dict[str, float]:
    """At most 50 finite numbers by name; a name has 1 to 128 characters."""
    if len(values) > METRICS_MAX:
        raise InvalidInput.of("metrics", Rule.MAX_ITEMS, f"must have at most {METRICS_MAX} entries")
    named = by_stored_name("metrics", values, maximum=METRIC_NAME_MAX)
    return {name: _metric(name, value) for name, value in named.items()}


def _metric(name: str, value: float) -> float:
    if not math.isfinite(value):
        raise InvalidInput.of(entry("metrics", name), Rule.FINITE, "must not be NaN or infinite")
    return float(value)


def within(field: str, number: float, low: float, high: float) -> None:
    """Raises InvalidInput: a number is not finite, or not from `low` to `high`."""
    if not math.isfinite(number):
        raise InvalidInput.of(field, Rule.FINITE, "must be a finite number")
    if not low <= number <= high:
        raise InvalidInput.of(field, Rule.RANGE, f"must be from {low:g} to {high:g}")


def sha256(value: str, field: str = "sha256") -> str:
    """64 hexadecimal digits, in lower case."""
    if not _SHA256.fullmatch(value.lower()):
        raise InvalidInput.of(field, Rule.SHA256, "must be 64 hexadecimal digits")
    return value.lower()


def tags(values: Iterable[str], field: str = "tags") -> tuple[str, ...]:
    """At most 20 tags in lower case, without repeats, in the given order.

    A tag has at most 64 letters, digits and `._:/-`.
    """
    values = tuple(values)
    if len(values) > TAGS_MAX * 10:  # counted first, because checking repeats takes time too
        raise InvalidInput.of(field, Rule.MAX_ITEMS, f"must have at most {TAGS_MAX} tags")
    kept = dict.fromkeys(_tag(f"{field}[{i}]", value) for i, value in enumerate(values))
    if len(kept) > TAGS_MAX:
        raise InvalidInput.of(field, Rule.MAX_ITEMS, f"must have at most {TAGS_MAX} tags")
    return tuple(kept)


def _tag(field: str, value: str) -> str:
    value = text(field, value, minimum=1, maximum=TAG_MAX).lower()
    if not _TAG.fullmatch(value):
        raise InvalidInput.of(
            field, Rule.TAG, "must be letters, digits and . _ : / -, beginning with a letter or digit"
        )
    return value


def metadata(values: Mapping[str, str], field: str = "metadata") -> dict[str, str]:
    """A model's metadata: at most 50 entries and 32 KiB of UTF-8.

    Keys have 1 to 128 characters, values at most 2048.
    """
    if len(values) > METADATA_MAX:
        raise InvalidInput.of(field, Rule.MAX_ITEMS, f"must have at most {METADATA_MAX} entries")
    named = by_stored_name(field, values, maximum=METADATA_KEY_MAX)
    kept = {key: prose(entry(field, key), value, maximum=METADATA_VALUE_MAX) for key, value in named.items()}
    if sum(len(part.encode()) for entry in kept.items() for part in entry) > MODEL_METADATA_MAX_BYTES:
        raise InvalidInput.of(field, Rule.MAX_BYTES, f"must be at most {MODEL_METADATA_MAX_BYTES} bytes in all")
    return kept


def entry(field: str, key: str) -> str:
    """The name of an entry in errors."""
    return f"{field}.{visible(key[:32])}"


def page(value: int) -> int:
    """A page's number, from 1."""
    return limit(value, "page", maximum=PAGE_MAX)


def limit(value: int, field: str = "limit", *, maximum: int = 100) -> int:
    """A page's size."""
    if not 1 <= value <= maximum:
        raise InvalidInput.of(field, Rule.RANGE, f"must be from 1 to {maximum}")
    return value
