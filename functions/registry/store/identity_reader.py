"""Looks callers up: their member, their credential and their grants, in one strongly consistent request.

Grants are in the registry's own table. It also looks up the subjects of new grants.
"""

from dataclasses import replace

from functions.registry.grant_records import roles_in
from functions.registry.store.client import Table
from functions.registry.store.items import Item, granted_key
from maas.domain.clock import now
from maas.domain.identity.accounts import MemberKind, Session
from maas.domain.identity.api_keys import KEY, ApiKey
from maas.domain.identity.grants import SubjectKind
from maas.domain.identity.principals import Principal
from maas.domain.identity.standing import SESSION, holders_of, parsed_credential, standing
from maas.wire.identity import accounts as items
from maas.wire.identity import keys as key_items

_MEMBERS = {SubjectKind.USER: MemberKind.PERSON, SubjectKind.SERVICE_ACCOUNT: MemberKind.SERVICE}


class IdentityReader:
    """Looks callers up in the identity table, and their grants in the registry's."""

    def __init__(self, table: Table, registry: Table) -> None:
        self._table = table
        self._registry = registry

    async def current(self, by: Principal) -> Principal:
        """The caller with the rights and the grants that it has now. Raises Unauthenticated, Unavailable."""
        kind, credential_id = parsed_credential(by.credential)
        member_key = items.user_key(by.tenant_id, by.subject)
        keys = {SESSION: items.session_key, KEY: key_items.key_key}
        wanted = [member_key, *([keys[kind](credential_id)] if kind else [])]
        grants = [granted_key(holder) for holder in holders_of(by)]
        read = await self._table.get_across({self._table: wanted, self._registry: grants}, consistent=True)
        found = {item["pk"]: item for item in read[self._table]}
        member = found.pop(member_key["pk"], None)
        user = items.user_of(by.tenant_id, by.subject, member) if member else None
        now_able = standing(by, user, _credential(kind, credential_id, found), now())
        return replace(now_able, grants=roles_in(read[self._registry]))

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
