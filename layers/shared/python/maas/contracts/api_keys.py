"""Bodies of the API key routes. The text of a key is left out of every repr, so no log contains it."""

from datetime import datetime

from pydantic import Field

from maas.contracts.base import Answer, Body, Integer


class CreateApiKey(Body):
    """A new key. `models` maps ids of models to ranges of versions; without it the key is for every model.

    The key acts for the service account, or else for the caller.
    """

    name: str
    service_account_id: str = ""
    scopes: list[str]
    models: dict[str, str] | None = None
    networks: list[str] = Field(default_factory=list)
    expires_at: str | None = None


class PatchApiKey(Body):
    """A partial change; a field that is left out keeps its value."""

    name: str | None = None
    scopes: list[str] | None = None
    models: dict[str, str] | None = None
    networks: list[str] | None = None
    expires_at: str | None = None


class RotateApiKey(Body):
    """`grace_seconds` is the time for which the secret before is accepted."""

    grace_seconds: Integer = 24 * 3600


class ApiKeyAnswer(Answer):
    """A key without its text. `owner_id` is the member that it acts for; `previous_until` ends the secret before."""

    id: str
    name: str
    owner_id: str
    scopes: list[str]
    models: dict[str, str] | None
    networks: list[str]
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    previous_until: datetime | None
    last_used_at: datetime | None
    last_used_from: str | None


class NewApiKeyAnswer(ApiKeyAnswer):
    """A key with its text, which no later answer has."""

    key: str = Field(repr=False)
