"""API keys in memory. `records` may be those of FakeIdentities, which looks callers up."""

from dataclasses import dataclass, field, replace
from typing import Any

from maas.domain.identity.api_keys import ApiKey
from maas.domain.identity.races import Outdated
from maas.domain.quotas import Quota, Usage, exceeded

_ROTATED = ("digest", "previous_digest", "previous_until", "rotations")


@dataclass
class FakeApiKeys:
    records: dict[str, ApiKey] = field(default_factory=dict)

    def add(self, key: ApiKey, limit: int) -> None:
        if sum(each.tenant_id == key.tenant_id for each in self.records.values()) >= limit:
            raise exceeded(Usage(Quota.API_KEYS, limit, limit))
        self.records[key.id] = key

    def key(self, key_id: str) -> ApiKey | None:
        return self.records.get(key_id)

    def listed(self, tenant_id: str, user_id: str, *, limit: int, after: str) -> list[ApiKey]:
        mine = [
            key
            for key in self.records.values()
            if key.tenant_id == tenant_id and user_id in ("", key.user_id) and (not after or key.entry.position < after)
        ]
        return sorted(mine, key=lambda key: key.entry.position, reverse=True)[:limit]

    def change(self, read: ApiKey, changed: ApiKey) -> None:
        stored = self.records.get(read.id)
        if stored is None or _terms(stored) != _terms(read):
            raise Outdated
        self.records[read.id] = replace(stored, **_terms(changed))

    def rotate(self, read: ApiKey, rotated: ApiKey) -> bool:
        key = self.records.get(read.id)
        if key is None or read.digest != key.digest:
            return key is not None and key.digest == rotated.digest
        self.records[read.id] = replace(key, **{name: getattr(rotated, name) for name in _ROTATED})
        return True

    def remove(self, key: ApiKey) -> bool:
        return self.records.pop(key.id, None) is not None


def _terms(key: ApiKey) -> dict[str, Any]:
    return {name: getattr(key, name) for name in ("name", "scopes", "models", "networks", "expires_at")}
