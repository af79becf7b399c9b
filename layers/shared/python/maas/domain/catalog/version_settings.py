"""The settings in a version's metadata: the entries that the service reads, and the rule of each.

All other entries are the owner's own. Versions of earlier releases may have settings that break these rules, so each
reader takes what it does not understand for no setting.
"""

from collections.abc import Callable, Mapping
from typing import Any

from maas.domain import value_rules
from maas.domain.errors import InvalidInput, Rule

CLASS_NAMES, FEATURE_NAMES, NONDETERMINISTIC = "class_names", "feature_names", "nondeterministic"
# Lowers the number of calls of the version that run at once.
MAX_CONCURRENCY = "max_concurrency"
# Turns batching on: {"max_size": 32, "window_ms": 5}.
BATCHING = "batching"
SIZE_MAX, WINDOW_MAX = 1024, 100
# Sample requests of a warm-up, and how many of them are run.
WARM_UP, SAMPLES_MAX = "warm_up", 10
# Columns whose values are kept with a prediction, by which its feedback is told apart.
SEGMENTS, SEGMENTS_MAX = "segments", 3


def check_setting(name: str, value: Any) -> None:
    """Checks an entry of a version's metadata; an entry that is no setting has no rule here.

    Raises:
        InvalidInput: a reader would not understand the setting. The field is `metadata.<name>`, or a part of it.
    """
    if name in _RULES:
        _RULES[name](f"metadata.{name}", value)


def _texts(field: str, value: Any) -> None:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise InvalidInput.of(field, Rule.TYPE, "must be a list of texts")


def _columns(field: str, value: Any) -> None:
    _texts(field, value)
    if len(set(value)) < len(value):
        raise InvalidInput.of(field, Rule.REPEATED, "must name each column once")


def _feature_names(field: str, value: Any) -> None:
    _columns(field, value)
    if not value:
        raise InvalidInput.of(field, Rule.MIN_ITEMS, "must have a name for each column")


def _segments(field: str, value: Any) -> None:
    _columns(field, value)
    _at_most(field, value, SEGMENTS_MAX)


def _flag(field: str, value: Any) -> None:
    if type(value) is not bool:
        raise InvalidInput.of(field, Rule.TYPE, "must be true or false")


def _concurrency(field: str, value: Any) -> None:
    _whole(field, value)
    if value < 1:
        raise InvalidInput.of(field, Rule.RANGE, "must be at least 1")


def _batching(field: str, value: Any) -> None:
    if not isinstance(value, dict):
        raise InvalidInput.of(field, Rule.TYPE, 'must be an object such as {"max_size": 32, "window_ms": 5}')
    for name in value.keys() - _BATCHING_RULES.keys():
        message = f"is not a member of {BATCHING}, which has {' and '.join(_BATCHING_RULES)}"
        raise InvalidInput.of(value_rules.entry(field, name), Rule.UNKNOWN, message)
    for name, rule in _BATCHING_RULES.items():
        if name not in value:
            raise InvalidInput.of(f"{field}.{name}", Rule.REQUIRED, "is required")
        rule(f"{field}.{name}", value[name])


def _size(field: str, value: Any) -> None:
    _whole(field, value)
    if not 2 <= value <= SIZE_MAX:
        raise InvalidInput.of(field, Rule.RANGE, f"must be from 2 to {SIZE_MAX}")


def _window(field: str, value: Any) -> None:
    if type(value) not in (int, float):
        raise InvalidInput.of(field, Rule.TYPE, "must be a number of milliseconds")
    if not 0 < value <= WINDOW_MAX:
        raise InvalidInput.of(field, Rule.RANGE, f"must be more than 0, and at most {WINDOW_MAX}")


def _samples(field: str, value: Any) -> None:
    """The bodies are checked when they are run: the answer of a warm-up tells what is wrong with each."""
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise InvalidInput.of(field, Rule.TYPE, "must be a list of sample requests, which are objects")
    _at_most(field, value, SAMPLES_MAX)


def _whole(field: str, value: Any) -> None:
    if type(value) is not int:
        raise InvalidInput.of(field, Rule.TYPE, "must be a whole number")


def _at_most(field: str, value: list[Any], maximum: int) -> None:
    if len(value) > maximum:
        raise InvalidInput.of(field, Rule.MAX_ITEMS, f"must have at most {maximum} items")


_BATCHING_RULES: Mapping[str, Callable[[str, Any], None]] = {"max_size": _size, "window_ms": _window}
_RULES: Mapping[str, Callable[[str, Any], None]] = {
    CLASS_NAMES: _texts,
    FEATURE_NAMES: _feature_names,
    NONDETERMINISTIC: _flag,
    MAX_CONCURRENCY: _concurrency,
    BATCHING: _batching,
    WARM_UP: _samples,
    SEGMENTS: _segments,
}
# The settings that there are, as docs/api/versions.md lists them.
SETTINGS = tuple(_RULES)
