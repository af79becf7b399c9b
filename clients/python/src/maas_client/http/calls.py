"""A request to the API as a value, and what is known about repeating it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote

from maas_client.errors import BadArgument, MaasError

T = TypeVar("T")
# RFC 9110, 9.2.2. PATCH is not among them.
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})


@dataclass(frozen=True)
class Call:
    """One request, with a body of JSON or a form.

    `keyed` operations take an `Idempotency-Key`. `repeatable` ones have the same effect twice, by the API's own word.
    """

    method: str
    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    keyed: bool = False
    repeatable: bool = False
    authenticated: bool = True
    timeout: float | None = None

    @property
    def may_repeat(self) -> bool:
        """Returns whether the request may be sent again after an answer that was lost."""
        return self.method in IDEMPOTENT or self.keyed or self.repeatable

    def with_key(self) -> dict[str, str]:
        """Returns the headers, with a new key for an operation that takes one. All its attempts share the key."""
        key = {"idempotency-key": str(uuid.uuid4())} if self.keyed else {}
        return {**key, **self.headers}

    def query(self) -> dict[str, Any]:
        """Returns the parameters that are set; truth values as JSON writes them."""
        return {name: _plain(value) for name, value in self.params.items() if value is not None and value != ()}


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if hasattr(value, "isoformat") else value


def path(*segments: str) -> str:
    """Returns a path below the API's root; each segment is escaped like any text. Raises BadArgument."""
    return "/api/v1/" + "/".join(escaped(segment) for segment in segments)


def escaped(segment: str) -> str:
    """Returns a segment of a path without a character that means something there. Raises BadArgument."""
    try:
        return quote(segment, safe="")
    except (UnicodeError, TypeError):
        raise BadArgument(f"{segment!r} is not a text that an address can have") from None


def given(**fields: Any) -> dict[str, Any]:
    """Returns a body of the fields that are set: the API reads null as an error."""
    return {name: value for name, value in fields.items() if value is not None}


def listed(items: Sequence[T] | None) -> list[T] | None:
    """Returns a list for a body, from a sequence of any kind; None stays None."""
    return None if items is None else [*items]


def if_match(revision: int | str | None) -> dict[str, str]:
    """Returns the header that limits a change to this revision; `*` is any one that exists."""
    if revision is None:
        return {}
    return {"if-match": "*" if revision == "*" else f'"{revision}"'}


def require_seconds(seconds: object, name: str = "timeout", error: type[MaasError] = BadArgument) -> None:
    """Raises `error` if the value is no time. NaN is not greater than 0."""
    if not isinstance(seconds, int | float) or not seconds > 0:
        raise error(f"{name} must be a number of seconds greater than 0")
