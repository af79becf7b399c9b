"""What keeps a caller on its side of a rollout: a header, a query field, the caller itself or nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from maas.domain.errors import InvalidInput, Rule

NAME_MAX = 64
# Characters of a query field that a call is routed by.
KEY_MAX = 256
# RFC 9110, 5.6.2: a token.
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Characters of a query that are the same escaped or not (RFC 3986, 2.3).
_FIELD = re.compile(r"[A-Za-z0-9._~-]+")
# The query field of `query` alone, which every call may give.
ROUTING_KEY = "routing_key"


class StickyKind(StrEnum):
    CALLER = "caller"
    RANDOM = "random"
    HEADER = "header"
    QUERY = "query"


@dataclass(frozen=True, slots=True)
class RoutingKeys:
    """What a call gives to choose its side by: headers with lower-case names, and query fields.

    With `ignores_others` a field may be there that no rollout is sticky by.
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    ignores_others: bool = False


NO_KEYS = RoutingKeys()


@dataclass(frozen=True, slots=True)
class StickyBy:
    """`name` is that of the header in lower case or of the query field; empty for other kinds, and for ROUTING_KEY."""

    kind: StickyKind
    name: str = ""

    @property
    def field(self) -> str:
        """The query field; empty if it is sticky by something else."""
        return (self.name or ROUTING_KEY) if self.kind is StickyKind.QUERY else ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else str(self.kind)

    def key(self, subject: str, keys: RoutingKeys) -> str:
        """The value that a call of this subject is routed by; empty if it is routed by chance.

        Raises InvalidInput: the query field is too long.
        """
        match self.kind:
            case StickyKind.CALLER:
                return subject
            case StickyKind.HEADER:
                return keys.headers.get(self.name, "")
            case StickyKind.QUERY:
                return check_key(self.field, keys.query.get(self.field, ""))
            case StickyKind.RANDOM:
                return ""


def sticky_by(text: str) -> StickyBy:
    """Parses `caller`, `random`, `query`, `query:<name>` or `header:<name>`. Raises InvalidInput (sticky_by)."""
    kind, colon, name = text.partition(":")
    if kind not in [*StickyKind] or (not colon if kind == StickyKind.HEADER else colon and kind != StickyKind.QUERY):
        raise InvalidInput.of("sticky_by", Rule.ENUM, "must be caller, random, query, query:<name> or header:<name>")
    if len(name) > NAME_MAX:
        raise InvalidInput.of("sticky_by", Rule.MAX_LENGTH, f"the name must have at most {NAME_MAX} characters")
    if kind == StickyKind.HEADER and not _NAME.fullmatch(name):
        raise InvalidInput.of("sticky_by", Rule.INVALID, "the name must be that of a header (RFC 9110, 5.6.2)")
    if kind != StickyKind.QUERY:
        return StickyBy(StickyKind(kind), name.lower())
    if colon and not _FIELD.fullmatch(name):
        raise InvalidInput.of("sticky_by", Rule.INVALID, "the name must have letters, digits and - . _ ~ alone")
    return StickyBy(StickyKind.QUERY, "" if name == ROUTING_KEY else name)


def check_key(field: str, value: str) -> str:
    """Returns the value of a query field. Raises InvalidInput: it is too long."""
    if len(value) > KEY_MAX:
        raise InvalidInput.of(field, Rule.MAX_LENGTH, f"must have at most {KEY_MAX} characters")
    return value


def check_query(keys: RoutingKeys, sticky: StickyBy | None) -> None:
    """Checks that a call has no query fields but `routing_key` and the one that its rollout is sticky by.

    Raises InvalidInput: a typing error must not send callers to sides by chance.
    """
    for name in () if keys.ignores_others else keys.query:
        if name not in (ROUTING_KEY, sticky.field if sticky else ""):
            message = "is not a query parameter here: the alias asked for has no rollout that is sticky by it"
            raise InvalidInput.of(name, Rule.UNKNOWN, message)
