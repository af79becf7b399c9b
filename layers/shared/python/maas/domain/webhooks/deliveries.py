"""Deliveries: one event to one webhook, with its attempts. The id of a delivery is that of the event."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from maas.domain.characters import visible

# How long a delivery is tried, from the event or from the last request to redeliver it.
TRIED_FOR = timedelta(hours=24)
# How long a delivery stays in the history, and how many of one webhook at most (about: they are cut by the hundred).
KEPT_FOR = timedelta(days=14)
KEPT_MAX = 1000
ATTEMPTS_KEPT = 20
# Bytes of an answer in UTF-8: a page of the history has up to 2,000 of them, and an answer of a function 6 MB at most.
ANSWER_BYTES = 1024
# What a dispatcher may take for one attempt, with the writes around it; then another one may try.
LEASE = timedelta(seconds=45)

# The type of an event that an admin asks for; nobody subscribes to it.
TEST = "Test"
_HIDDEN = "the answer is not text"


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class BusEvent:
    """An event as the bus carries it. `data` is its detail as JSON."""

    id: str
    type: str
    time: str
    tenant_id: str
    data: str

    def body(self) -> str:
        """The body of its deliveries, in the form of Standard Webhooks."""
        head = json.dumps({"type": self.type, "timestamp": self.time}, ensure_ascii=False, separators=(",", ":"))
        return f'{head[:-1]},"data":{self.data}}}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One request and its outcome. `status` is None if there was no answer; then `error` says why.

    `answer` is the beginning of the answer's body, with characters that can't be seen made visible.
    """

    at: datetime
    milliseconds: int
    status: int | None = None
    error: str = ""
    answer: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """`begun_at` is the start of the 24 hours; `next_at` is when the next attempt may begin, None if there is none."""

    id: str
    webhook_id: str
    tenant_id: str
    type: str
    body: str
    created_at: datetime
    begun_at: datetime
    state: DeliveryState = DeliveryState.PENDING
    next_at: datetime | None = None
    attempt_count: int = 0
    attempts: tuple[Attempt, ...] = ()

    @property
    def ends_at(self) -> datetime:
        return self.begun_at + TRIED_FOR

    @property
    def run(self) -> str:
        """The name of these 24 hours. A message of an earlier run is not needed any more."""
        return self.begun_at.isoformat()

    def restarted(self, now: datetime) -> "Delivery":
        """The delivery from its beginning, with its attempts so far."""
        return replace(self, begun_at=now, next_at=now, state=DeliveryState.PENDING)

    def after(self, attempt: Attempt, state: DeliveryState, next_at: datetime | None = None) -> "Delivery":
        """The delivery with one more attempt; the oldest are dropped from ATTEMPTS_KEPT on."""
        return replace(
            self,
            state=state,
            next_at=next_at,
            attempt_count=self.attempt_count + 1,
            attempts=(*self.attempts, attempt)[-ATTEMPTS_KEPT:],
        )

    def ended(self, at: datetime, error: str) -> "Delivery":
        """The delivery without another attempt, and the reason."""
        return self.after(Attempt(at=at, milliseconds=0, error=error), DeliveryState.FAILED)


def new_delivery(webhook_id: str, event: BusEvent, now: datetime) -> Delivery:
    return Delivery(
        id=event.id,
        webhook_id=webhook_id,
        tenant_id=event.tenant_id,
        type=event.type,
        body=event.body(),
        created_at=now,
        begun_at=now,
        next_at=now,
    )


def shown_answer(body: bytes) -> str:
    """The beginning of an answer for the history: text of one receiver, which another person reads."""
    if b"\x00" in body:
        return _HIDDEN
    lines = body[: 4 * ANSWER_BYTES].decode(errors="replace").splitlines()
    return "\n".join(visible(line) for line in lines).encode()[:ANSWER_BYTES].decode(errors="ignore")
