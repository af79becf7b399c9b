"""The events of trusted issuers and exchanged tokens, which are among those of `maas.identity`."""

from typing import Literal

from pydantic import Field

from maas.contracts.base import Answer
from maas.domain.identity.principals import Scope
from tools.event_fields import IdentityBody


class TrustedIssuerSummary(Answer):
    """A trusted issuer."""

    name: str
    issuer: str
    audience: str
    conditions: dict[str, list[str]] = Field(description="By claim: the values of which it has to have one.")
    service_account_id: str = Field(description="The service account that its access tokens act for.")
    scopes: list[Scope]
    models: dict[str, str] | None = Field(description="Ranges of versions by models; null for all models.")
    networks: list[str]
    lifetime_seconds: int = Field(description="Seconds for which an access token is valid.")
    disabled: bool


class ExchangeSummary(Answer):
    """An exchange of an ID token."""

    issuer: str
    audience: str
    claims: dict[str, str] = Field(description="The ID token's subject, and its claims that have a condition.")
    service_account_id: str = Field(description="The service account that the access token acts for.")
    scopes: list[Scope]
    lifetime_seconds: int = Field(description="Seconds for which the access token is valid.")


class TrustedIssuerCreated(IdentityBody):
    """An issuer of ID tokens was trusted."""

    type: Literal["TrustedIssuerCreated"]
    before: None
    after: TrustedIssuerSummary


class TrustedIssuerUpdated(IdentityBody):
    """The trust in an issuer changed, or was disabled or enabled."""

    type: Literal["TrustedIssuerUpdated"]
    before: TrustedIssuerSummary
    after: TrustedIssuerSummary


class TrustedIssuerDeleted(IdentityBody):
    """An issuer is not trusted any more."""

    type: Literal["TrustedIssuerDeleted"]
    before: TrustedIssuerSummary
    after: None


class TokenExchanged(IdentityBody):
    """An ID token of a trusted issuer was exchanged for an access token. `subject` is the service account."""

    type: Literal["TokenExchanged"]
    before: None
    after: ExchangeSummary
