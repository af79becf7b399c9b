"""Answers about trusted issuers and the keys of the service. Secrets are left out of every repr."""

from typing import Any, Final, Literal

from pydantic import Field

from maas_client.answers.base import Answer, Moment, Seconds

_ACCESS_TOKEN: Final = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - the name of a type


class TrustedIssuer(Answer):
    """An issuer whose ID tokens the organization takes. Every condition is a list of values, one of which is enough."""

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
    created_at: Moment


class ExchangedToken(Answer):
    """An access token for an ID token (RFC 8693); `expires_in` is in seconds. Nothing refreshes it."""

    access_token: str = Field(repr=False)
    issued_token_type: Literal["urn:ietf:params:oauth:token-type:access_token"] = _ACCESS_TOKEN
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a scheme, not a secret
    expires_in: Seconds
    scope: str


class KeySet(Answer):
    """The public keys that the service signs with (RFC 7517)."""

    keys: list[dict[str, Any]]
