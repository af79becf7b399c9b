"""The request that a process is serving: its id, trace, deadline and principal, in one context variable.

The entry points (HTTP, SQS, gRPC) set it. The log and the channel to the registry read it, so that no code in between
has to pass it on.
"""

import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from maas.domain.identity.actors import Actor
from maas.domain.identity.principals import SERVICES, Principal
from maas.platform import deadline
from maas.platform.trace import Trace

if TYPE_CHECKING:  # the authorizer does not load it
    from maas.domain.identity.accounts import User
    from maas.platform.timings import Timings


@dataclass(slots=True)
class RequestContext:
    """`request_id` is empty where the request came without one, as SQS messages do.

    `deadline` is a moment of the monotonic clock in seconds (see deadline.after), `principal` is None until the
    caller is authenticated. `log_fields` are added to every log line written while the request is served.
    `gateway_request_id` is API Gateway's id of the request, where the caller chose another one; otherwise it is empty.
    `effect_id` names the one effect that the request and its repeats have together; it is empty for other requests.
    `refusal` is the reason why the caller has no right to what it asked for.
    `arrived` is the moment of the monotonic clock at which the request reached API Gateway, None if it is not known.
    `open_inference` says that errors have the form of the Open Inference Protocol.
    `member` is the caller's record, if the function has looked it up for this request and not changed it since.
    `timings` has the parts of a prediction's time; None for requests that predict nothing.
    `prediction_key` is the caller's own name of the prediction that it asks for; empty without one.
    `source_address` is the network address of the function's caller; it is empty where nobody calls a function.
    """

    trace: Trace
    request_id: str = ""
    deadline: float | None = None
    principal: Principal | None = None
    log_fields: dict[str, str] = field(default_factory=dict)
    gateway_request_id: str = ""
    source_address: str = ""
    effect_id: str = ""
    refusal: str = ""
    arrived: float | None = None
    open_inference: bool = False
    member: "User | None" = None
    timings: "Timings | None" = None
    prediction_key: str = ""


CURRENT: ContextVar[RequestContext | None] = ContextVar("request_context", default=None)


def source_address() -> str:
    """The current request's `source_address`."""
    current = CURRENT.get()
    return current.source_address if current else ""


def prediction_key() -> str:
    """The current request's `prediction_key`."""
    current = CURRENT.get()
    return current.prediction_key if current else ""


def act_from(address: str) -> None:
    """Lets the rest of the current message's work count as that of a caller at `address`."""
    current = CURRENT.get()
    if current:
        current.source_address = address


def effect_id() -> str:
    """The current request's `effect_id`."""
    current = CURRENT.get()
    return current.effect_id if current else ""


def keep_member(member: "User | None") -> None:
    """Keeps the caller's record for the rest of the request; None after a change of it."""
    current = CURRENT.get()
    if current:
        current.member = member


def kept_member(by: Principal) -> "User | None":
    """The caller's record, if this request has read it already."""
    member = current.member if (current := CURRENT.get()) else None
    return member if member and (member.tenant_id, member.id) == (by.tenant_id, by.subject) else None


def actor_of(by: Principal) -> Actor:
    """A caller with address and id of the current request. Our own services act for no request."""
    if by.subject in SERVICES:
        return Actor(by.subject)
    return _at_request(by.subject, by.credential_name)


def actor(tenant_id: str, otherwise: str, credential: str = "") -> Actor:
    """The actor in an organization: the current request's caller if it belongs there, else the member `otherwise`.

    A person has another id in each organization, and none of them is to learn the others.
    """
    current = CURRENT.get()
    if current and current.principal and current.principal.tenant_id == tenant_id:
        return actor_of(current.principal)
    return _at_request(otherwise, credential)


def _at_request(subject: str, credential: str) -> Actor:
    current = CURRENT.get()
    if current is None:
        return Actor(subject, credential)
    return Actor(subject, credential, current.source_address, current.request_id)


def remaining_seconds(limit: float) -> float:
    """Seconds that a call made for the current request may take: at most `limit`, 0 or less if it is too late."""
    current = CURRENT.get()
    return deadline.remaining(current.deadline if current else None, limit)


def arrival() -> float:
    """The moment of the monotonic clock at which the current request reached API Gateway; now, if it is not known."""
    current = CURRENT.get()
    return time.monotonic() if current is None or current.arrived is None else current.arrived


def call_seconds(limit: float) -> float:
    """Seconds left of a call to which its caller gives `limit` seconds, from its arrival at API Gateway on.

    The current request's deadline becomes the end of them, if it is later. 0 or less if the time is over.
    """
    current = CURRENT.get()
    if current is None:
        return limit
    end = arrival() + limit
    current.deadline = end if current.deadline is None else min(current.deadline, end)
    return deadline.remaining(current.deadline, limit)
