"""API keys that end with the member they act for."""

from maas.domain.identity.accounts import User
from maas.services.ports.identity import ApiKeys

_BATCH = 100


def remove_keys_of(keys: ApiKeys, member: User) -> None:
    """Removes all keys of a member. They stop working with its record; without it they would stay in the list."""
    while found := keys.listed(member.tenant_id, member.id, limit=_BATCH, after=""):
        for key in found:
            keys.remove(key)
