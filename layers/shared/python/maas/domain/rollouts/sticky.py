"""What keeps a caller on its side of a rollout: a header, the query field routing_key, the caller itself or nothing."""

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


class StickyKind(StrEnum):
    CALLER = "caller"
    RANDOM = "random"
    HEADER = "header"
    QUERY = "query"


@dataclass(frozen=True, slots=True)
class RoutingKeys:
    """What a call gives to choose its side by: headers with lower-case names, and the query field `routing_key`."""

    headers: Mapping[str, str] = field(default_factory=dict)
    query: str = ""


NO_KEYS = RoutingKeys()


@dataclass(frozen=True, slots=True)
class StickyBy:
    """`name` is that of the header in lower case, empty for other kinds."""

    kind: StickyKind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else str(self.kind)

    def key(self, subject: str, keys: RoutingKeys) -> str:
        """The value that a call of this subject is routed by; empty if it is routed by chance."""
        match self.kind:
            case StickyKind.CALLER:
                return subject
            case StickyKind.HEADER:
                return keys.headers.get(self.name, "")
            case StickyKind.QUERY:
                return keys.query
            case StickyKind.RANDOM:
                return ""


def sticky_by(text: str) -> StickyBy:
    """Parses `caller`, `random`, `query` or `header:<name>`. Raises InvalidInput (sticky_by)."""
    kind, _, name = text.partition(":")
    if kind not in [*StickyKind] or (kind == StickyKind.HEADER) != (":" in text):
        raise InvalidInput.of("sticky_by", Rule.ENUM, "must be caller, random, query or header:<name>")
    if len(name) > NAME_MAX:
        raise InvalidInput.of("sticky_by", Rule.MAX_LENGTH, f"the name must have at most {NAME_MAX} characters")
    if kind == StickyKind.HEADER and not _NAME.fullmatch(name):
        raise InvalidInput.of("sticky_by", Rule.INVALID, "the name must be that of a header (RFC 9110, 5.6.2)")
    return StickyBy(StickyKind(kind), name.lower())
