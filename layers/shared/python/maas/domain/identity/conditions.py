"""Conditions on the claims of ID tokens: a claim has one of these values, in which `*` stands for any text.

A trusted issuer such as a CI service signs tokens for all of its customers. So at least one condition has to name whose
token it is: the subject, or the repository, project or group that the job belongs to.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from maas.domain import value_rules
from maas.domain.errors import InvalidInput, Rule

CLAIMS_MAX, VALUES_MAX = 10, 20
CLAIM_MAX, VALUE_MAX = 128, 512
# Characters of all values together. An event has them twice, before and after a change.
VALUES_TEXT_MAX = 8192
# Claims that have a field or a rule of their own.
_RESERVED = frozenset({"iss", "aud", "exp", "nbf", "iat", "jti"})
# Claims that tell an issuer's customers apart, and how many whole names must come before the first `*` in a value;
# None: no `*` at all. `repo:acme/` has two names, and `repo:acme` could go on as `repo:acme-evil/`.
_BINDING: Mapping[str, int | None] = {
    "sub": 2,
    "repository": 1,
    "project_path": 1,
    "namespace_path": 1,
    "repository_id": None,
    "repository_owner": None,
    "repository_owner_id": None,
    "project_id": None,
    "namespace_id": None,
}
_SEPARATORS = re.compile(r"[/:]")

Conditions = Mapping[str, tuple[str, ...]]


def conditions(values: Mapping[str, Sequence[str]]) -> Conditions:
    """The conditions in stored form. Raises InvalidInput, also if they let in every customer of an issuer."""
    if len(values) > CLAIMS_MAX:
        raise InvalidInput.of("conditions", Rule.MAX_ITEMS, f"must have at most {CLAIMS_MAX} claims")
    found = {claim: _values(claim, wanted) for claim, wanted in values.items()}
    if sum(len(value) for wanted in found.values() for value in wanted) > VALUES_TEXT_MAX:
        message = f"must have at most {VALUES_TEXT_MAX} characters in all values together"
        raise InvalidInput.of("conditions", Rule.MAX_LENGTH, message)
    if not any(_binds(claim, wanted) for claim, wanted in found.items()):
        raise InvalidInput.of("conditions", Rule.BINDING, _BINDING_RULE)
    return found


_BINDING_RULE = (
    f"must bind the token to its owner: one of {', '.join(_BINDING)} without `*`, or sub, repository, project_path or "
    "namespace_path with whole names before the first `*`, such as repo:acme/* (sub) or acme/* (the others)"
)


def unmet(wanted: Conditions, claims: Mapping[str, Any]) -> list[str]:
    """The claims that do not meet their condition. A list or an object meets none."""
    return [claim for claim, patterns in wanted.items() if not _meets(patterns, claims.get(claim))]


def _values(claim: str, wanted: Sequence[str]) -> tuple[str, ...]:
    field = value_rules.entry("conditions", claim)
    value_rules.label(field, claim, minimum=1, maximum=CLAIM_MAX)
    if claim in _RESERVED:
        raise InvalidInput.of(field, Rule.RESERVED, "is checked in any case, and can't have a condition")
    if not wanted:
        raise InvalidInput.of(field, Rule.MIN_ITEMS, "must have at least one value")
    if len(wanted) > VALUES_MAX:
        raise InvalidInput.of(field, Rule.MAX_ITEMS, f"must have at most {VALUES_MAX} values")
    return tuple(
        dict.fromkeys(
            value_rules.label(f"{field}[{i}]", value, minimum=1, maximum=VALUE_MAX) for i, value in enumerate(wanted)
        )
    )


def _binds(claim: str, wanted: Sequence[str]) -> bool:
    return claim in _BINDING and all(_is_bound(value, _BINDING[claim]) for value in wanted)


def _is_bound(value: str, names: int | None) -> bool:
    """Returns whether a value has no `*`, or `names` whole names before it."""
    head, star, _ = value.partition("*")
    if not star:
        return True
    *whole, rest = _SEPARATORS.split(head)
    return names is not None and not rest and len(whole) >= names and all(whole[:names])


def claim_text(claim: Any) -> str | None:
    """The text of a claim that conditions compare; None if it is neither a text nor a whole number, true or false."""
    if isinstance(claim, bool):
        return str(claim).lower()
    return str(claim) if isinstance(claim, str | int) else None


def _meets(patterns: Sequence[str], claim: Any) -> bool:
    text = claim_text(claim)
    return text is not None and any(_matches(pattern, text) for pattern in patterns)


def _matches(pattern: str, text: str) -> bool:
    """Returns whether the text is the pattern with a text for each `*`. No pattern makes it slow."""
    head, *middle = pattern.split("*")
    if not middle:
        return text == head
    *middle, tail = middle
    if len(text) < len(head) + len(tail) or not text.startswith(head) or not text.endswith(tail):
        return False
    place, end = len(head), len(text) - len(tail)
    for part in middle:
        found = text.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True
