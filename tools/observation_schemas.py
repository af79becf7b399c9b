"""The events of `maas.access` on the bus, one pydantic model per type, as in event_schemas.py."""

from typing import Literal

from pydantic import Field

from maas.contracts.base import Answer
from tools.event_fields import IdentityBody

_REPEATS = "Times that the process has left it out since it told of it last."


class RefusalSummary(Answer):
    """The request that was refused."""

    action: str = Field(description="Route or RPC, such as `DELETE /api/v1/models/{model_id}`.")
    reason: str
    repeats: int = Field(description=_REPEATS)


class FailureSummary(Answer):
    """A failed sign-in."""

    reason: Literal["wrong_credentials", "rate_limited"]
    repeats: int = Field(description=_REPEATS)


class NetworkSummary(Answer):
    """A network: the /24 of an IPv4 address, the /48 of an IPv6 address."""

    network: str


class SignInFailed(IdentityBody):
    """A wrong password was shown for an account, or the account is disabled (`wrong_credentials`).

    `rate_limited` is an attempt that was refused with 429 after too many failures. Both are told once a minute by each
    process; `repeats` has the number of those left out before. An address without an account has no event. The event
    is of the organization that the account joined first.
    """

    type: Literal["SignInFailed"]
    before: None
    after: FailureSummary


class AccessRefused(IdentityBody):
    """A caller asked for something that it has no right to: 403, or PERMISSION_DENIED over gRPC."""

    type: Literal["AccessRefused"]
    before: None
    after: RefusalSummary


class KeyUsedFromNewNetwork(IdentityBody):
    """An API key was used for the first time, or from another network than its last two noted uses.

    Each request is looked at, also one that comes a second after a use from elsewhere. A process tells of one network
    of a key once an hour, and of at most 60 of them in a minute.
    """

    type: Literal["KeyUsedFromNewNetwork"]
    before: NetworkSummary | None
    after: NetworkSummary


class TokenSummary(Answer):
    """A token that was not exchanged."""

    token_subject: str | None = Field(description="Its subject; null if its signature is not the issuer's.")
    reason: str


class TokenNotTrusted(IdentityBody):
    """An ID token for the organization was not exchanged, although it named a trusted issuer."""

    type: Literal["TokenNotTrusted"]
    before: None
    after: TokenSummary


class FilesSummary(Answer):
    """Files with captured predictions."""

    files: int = Field(description="Their number.")
    first: str = Field(description="The name of the first one.")
    last: str = Field(description="The name of the last one.")


class CapturesRead(IdentityBody):
    """A caller got URLs of files with captured predictions. No URL is given away before this event is stored."""

    type: Literal["CapturesRead"]
    before: None
    after: FilesSummary


AnyObservation = SignInFailed | AccessRefused | KeyUsedFromNewNetwork | TokenNotTrusted | CapturesRead
