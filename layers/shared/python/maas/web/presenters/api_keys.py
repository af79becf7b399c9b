"""API keys between the domain and the contract."""

from maas.contracts.api_keys import ApiKeyAnswer, CreateApiKey, NewApiKeyAnswer, PatchApiKey
from maas.domain.identity.api_keys import ApiKey
from maas.domain.identity.key_terms import KeyTerms
from maas.services.api_keys import NewKey


def key_terms(body: CreateApiKey | PatchApiKey) -> KeyTerms:
    return KeyTerms(
        name=body.name, scopes=body.scopes, models=body.models, networks=body.networks, expires_at=body.expires_at
    )


def api_key_answer(key: ApiKey) -> ApiKeyAnswer:
    return ApiKeyAnswer(
        id=key.id,
        name=key.name,
        owner_id=key.user_id,
        scopes=sorted(key.scopes),
        models=None if key.models is None else dict(key.models),
        networks=list(key.networks),
        created_by=key.created_by,
        created_at=key.created_at,
        expires_at=key.expires_at,
        previous_until=key.previous_until,
        last_used_at=key.last_used_at,
        last_used_from=key.last_used_from or None,
    )


def new_api_key_answer(new: NewKey) -> NewApiKeyAnswer:
    return NewApiKeyAnswer(**api_key_answer(new.key).model_dump(), key=str(new.secret))
