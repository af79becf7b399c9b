"""Reads the identity table: the member and the credential of a caller, in one strongly consistent request.

It also looks up the subjects of grants.
"""

from datetime import UTC, datetime

from functions.registry.store.client import Table
from functions.registry.store.items import Item
from maas.domain.identity.accounts import MemberKind, Session
from maas.domain.identity.api_keys import KEY, ApiKey
from maas.domain.identity.grants import SubjectKind
from maas.domain.identity.principals import Principal
from maas.domain.identity.standing import SESSION, parsed_credential, standing
from maas.wire.identity import accounts as items
from maas.wire.identity import keys as key_items

_MEMBERS = {SubjectKind.USER: MemberKind.PERSON, SubjectKind.SERVICE_ACCOUNT: MemberKind.SERVICE}


class IdentityReader:
    """Looks callers up in the identity table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def current(self, by: Principal) -> Principal:
        """The caller with the rights that it has now. Raises Unauthenticated, Unavailable."""
        kind, credential_id = parsed_credential(by.credential)
        member_key = items.user_key(by.tenant_id, by.subject)
        keys = {SESSION: items.session_key, KEY: key_items.key_key}
        wanted = [member_key, *([keys[kind](credential_id)] if kind else [])]
        found = {item["pk"]: item for item in await self._table.get_many(wanted, consistent=True)}
        member = found.pop(member_key["pk"], None)
        user = items.user_of(by.tenant_id, by.subject, member) if member else None
        return standing(by, user, _credential(kind, credential_id, found), datetime.now(UTC))

    async def knows(self, kind: SubjectKind, tenant_id: str, subject: str) -> bool:
        """Returns whether the organization has such a user, service account or key. Raises Unavailable."""
        if kind is SubjectKind.KEY:
            key = await self._table.get(key_items.key_key(subject))
            return key is not None and key["tenant_id"] == tenant_id
        member = await self._table.get(items.user_key(tenant_id, subject))
        return member is not None and items.user_of(tenant_id, subject, member).kind is _MEMBERS[kind]


def _credential(kind: str, credential_id: str, found: dict[str, Item]) -> Session | ApiKey | None:
    item = next(iter(found.values()), None)
    if item is None:
        return None
    return key_items.key_of(credential_id, item) if kind == KEY else items.session_of(credential_id, item)
