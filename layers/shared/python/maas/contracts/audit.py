"""Answers of the audit routes."""

from typing import Any

from maas.contracts.base import Answer


class ActorAnswer(Answer):
    """The caller: its id, session or key, network address and request; null where there is none."""

    subject: str | None
    credential: str | None
    address: str | None
    request_id: str | None


class AuditRecordAnswer(Answer):
    """A record of the log. Times are texts, because the hash is over them."""

    organization: str
    sequence: int
    id: str
    time: str
    recorded_at: str
    actor: ActorAnswer
    action: str
    object: str
    changed: list[str]
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    previous: str
    hash: str


class AuditSegmentAnswer(Answer):
    """An object with the records from `first` to `last`; `hash` is that of the last one."""

    first: int
    last: int
    hash: str
    recorded_at: str
    size: int
    sha256: str
    url: str


class AuditHeadAnswer(Answer):
    """The last record. `signature` is a JWS of these fields, by a key of /.well-known/jwks.json."""

    organization: str
    sequence: int
    hash: str
    recorded_at: str | None
    signature: str
