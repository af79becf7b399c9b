"""A request of ours to a customer's URL, its limits, its answer, and the reasons for which there is none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """The reason for which a request has no answer; customers see it. It names no address and no library."""

    URL = "the URL is not allowed"
    NAME = "the host's name can't be resolved"
    ADDRESS = "the host's name has an address that is not public"
    CONNECTION = "the host does not accept a connection"
    TLS = "TLS can't be agreed, or the certificate is not valid for the host's name"
    TIMEOUT = "there was no complete answer in time"
    PROTOCOL = "the answer is not HTTP/1.1, or the connection broke off"


class OutboundFailed(Exception):
    """A request has no answer."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class OutboundLimits:
    """Bounds of one request: seconds to connect (each address), seconds in all, and bytes of the body that are read."""

    connect_seconds: float = 3.0
    seconds: float = 10.0
    answer_bytes: int = 65536


@dataclass(frozen=True, slots=True)
class OutboundRequest:
    """A GET without a body, or a POST. `url` is checked by the sender once more."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class OutboundAnswer:
    """An answer of any status, redirects too: they are not followed.

    `headers` have lower-case names; of a repeated one the last is kept. `body` is as it came, never decompressed;
    it has at most `answer_bytes`, and `cut` says whether there was more.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: bool = False
