"""API keys as they are stored."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from maas.domain.identity.accounts import User
from maas.domain.identity.api_keys import ApiKey, KeySecret
from maas.domain.identity.principals import Scope, possible_scopes


def a_key(
    user: User,
    *,
    secret: KeySecret | None = None,
    scopes: Collection[Scope] | None = None,
    models: Mapping[str, str] | None = None,
) -> ApiKey:
    """Returns a key of `user`, by default with all of its scopes."""
    secret = secret or KeySecret.fresh()
    return ApiKey(
        id=secret.key_id,
        tenant_id=user.tenant_id,
        user_id=user.id,
        name="ci",
        scopes=frozenset(possible_scopes(user.roles) if scopes is None else scopes),
        digest=secret.digest,
        created_by=user.id,
        created_at=datetime.now(UTC),
        models=models,
    )
