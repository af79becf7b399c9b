"""Bodies of the routes of trusted issuers, and the answer of a token exchange."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field

from maas.contracts.base import Answer, Body, Integer

ACCESS_TOKEN: Final = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - the name of a type


def _listed(value: Any) -> Any:
    """A text alone as a list of one."""
    return [value] if isinstance(value, str) else value


Values = Annotated[list[str], BeforeValidator(_listed)]


class CreateTrustedIssuer(Body):
    """A new trusted issuer. `conditions` maps claims to a value, or to a list of values of which one is enough.

    Without `audience`, its tokens have to be for `maas:` and the id of the organization.
    """

    name: str
    issuer: str
    audience: str | None = None
    conditions: dict[str, Values]
    service_account_id: str
    scopes: list[str] | None = None
    models: dict[str, str] | None = None
    networks: list[str] = Field(default_factory=list)
    lifetime_seconds: Integer = 900


class PatchTrustedIssuer(Body):
    """A partial change; a field that is left out keeps its value."""

    name: str | None = None
    issuer: str | None = None
    audience: str | None = None
    conditions: dict[str, Values] | None = None
    service_account_id: str | None = None
    scopes: list[str] | None = None
    models: dict[str, str] | None = None
    networks: list[str] | None = None
    lifetime_seconds: Integer | None = None
    disabled: bool | None = None


class TrustedIssuerAnswer(Answer):
    """A trusted issuer; every condition is a list of values."""

    id: str
    name: str
    issuer: str
    audience: str
    conditions: dict[str, list[str]]
    service_account_id: str
    scopes: list[str]
    models: dict[str, str] | None
    networks: list[str]
    lifetime_seconds: int
    disabled: bool
    created_by: str
    created_at: datetime


class ExchangedToken(Answer):
    """An access token for an ID token (RFC 8693, 2.2.1); `expires_in` is in seconds."""

    access_token: str = Field(repr=False)
    issued_token_type: Literal["urn:ietf:params:oauth:token-type:access_token"] = ACCESS_TOKEN
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the scheme of RFC 6750, not a secret
    expires_in: int
    scope: str
