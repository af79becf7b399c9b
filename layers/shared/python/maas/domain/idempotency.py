"""Requests that a caller may repeat: the key that names them, and what is kept of the first one."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from maas.domain.errors import FieldError, InvalidInput, Rule, WrongState

HEADER = "idempotency-key"
KEY_MAX = 255
# How long a key is remembered, and how long a secret of its answer is shown again.
KEPT = timedelta(hours=24)
SECRET_SHOWN = timedelta(minutes=10)
# Without quotes, as most clients send keys, or in them, as draft-ietf-httpapi-idempotency-key-header has it. A comma
# would join two headers.
_KEY = re.compile(r'("?)([!#-+\--\[\]-~]{1,255})\1')


class KeyReused(InvalidInput):
    """The caller has used the idempotency key for another request."""

    code = "key_reused"

    @classmethod
    def refused(cls) -> "KeyReused":
        message = "was used for a request with another content; a new request needs a new key"
        return cls(f"{HEADER}: {message}", [FieldError(HEADER, Rule.SAME_REQUEST, message)])


class InProgress(WrongState):
    """A request with the same idempotency key is under way, for `seconds` more at most."""

    code = "in_progress"
    seconds: int = 1

    @classmethod
    def ends_in(cls, left: timedelta) -> "InProgress":
        message = "belongs to a request that is under way; repeat it later"
        error = cls(f"{HEADER}: {message}", [FieldError(HEADER, Rule.STATE, message)])
        error.seconds = max(1, math.ceil(left.total_seconds()))
        return error


def parsed_key(text: str) -> str:
    """The key in a header; the same with and without quotes. Raises InvalidInput."""
    found = _KEY.fullmatch(text.strip(" \t"))
    if not found:
        message = (
            f"must be 1 to {KEY_MAX} visible ASCII characters without comma, quote and backslash, in quotes or not"
        )
        raise InvalidInput.of(HEADER, Rule.IDEMPOTENCY_KEY, message)
    return found[2]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to replay."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """The record of a key.

    `id` stands for caller, operation and key, `fingerprint` for the content of the request. `effect_id` is the same
    for all attempts, so that they have one effect together. `attempt` is the last one; until `locked_until` it may be
    under way. `credential` is that of the first caller. `answer` is sealed, and None until there is one. After
    `secret_until`, `public_answer` takes its place; without a secret both are None.
    """

    id: str
    fingerprint: str
    effect_id: str
    attempt: str
    credential: str
    locked_until: datetime
    expires_at: datetime
    answer: bytes | None = field(default=None, repr=False)
    public_answer: bytes | None = field(default=None, repr=False)
    secret_until: datetime | None = None
