"""Looks callers up: their member, their credential and their grants, in one strongly consistent request.

Grants are in the registry's own table. It also looks up the subjects of new grants, and counts what has a quota.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from functions.registry.grant_records import roles_in
from functions.registry.store.client import Table, query_of, values
from functions.registry.store.items import Item, granted_key
from maas.domain.clock import now
from maas.domain.identity.accounts import MemberKind
from maas.domain.identity.credentials import ISSUER, KEY, SESSION, parsed_credential
from maas.domain.identity.grants import SubjectKind
from maas.domain.identity.invitations import INVITATIONS_MAX
from maas.domain.identity.issuer_terms import ISSUERS_MAX
from maas.domain.identity.key_terms import KEYS_MAX
from maas.domain.identity.members import MEMBERS_MAX
from maas.domain.identity.principals import Principal
from maas.domain.identity.service_accounts import SERVICE_ACCOUNTS_MAX
from maas.domain.identity.standing import Credential, holders_of, standing
from maas.domain.quotas import Quota, Usage
from maas.domain.webhooks.subscriptions import WEBHOOKS_MAX
from maas.wire.identity import accounts as items
from maas.wire.identity import invitations as invitation_items
from maas.wire.identity import keys as key_items
from maas.wire.identity import trusted_issuers as issuer_items

# By the kind of a credential: the key of its record, and what its item says. Both take the organization and the id.
_KEYS: Mapping[str, Callable[[str, str], dict[str, str]]] = {
    SESSION: lambda _, session_id: items.session_key(session_id),
    KEY: lambda _, key_id: key_items.key_key(key_id),
    ISSUER: issuer_items.issuer_key,
}
_READ: Mapping[str, Callable[[str, str, Item], Credential]] = {
    SESSION: lambda _, session_id, item: items.session_of(session_id, item),
    KEY: lambda _, key_id, item: key_items.key_of(key_id, item),
    ISSUER: issuer_items.issuer_of,
}
_COUNTED = (
    (Quota.API_KEYS, KEYS_MAX, key_items.KEY_COUNTER),
    (Quota.SERVICE_ACCOUNTS, SERVICE_ACCOUNTS_MAX, items.SERVICE_ACCOUNT_COUNTER),
    (Quota.TRUSTED_ISSUERS, ISSUERS_MAX, items.TRUSTED_ISSUER_COUNTER),
    (Quota.WEBHOOKS, WEBHOOKS_MAX, items.WEBHOOK_COUNTER),
)
R = TypeVar("R")
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
        credential_key = _KEYS[kind](by.tenant_id, credential_id) if kind else None
        wanted = [member_key, *([credential_key] if credential_key else [])]
        grants = [granted_key(holder) for holder in holders_of(by)]
        read = await self._table.get_across({self._table: wanted, self._registry: grants}, consistent=True)
        found = {(item["pk"], item["sk"]): item for item in read[self._table]}
        member = found.pop((member_key["pk"], member_key["sk"]), None)
        user = items.user_of(by.tenant_id, by.subject, member) if member else None
        shown = next(iter(found.values()), None)
        credential = _READ[kind](by.tenant_id, credential_id, shown) if shown else None
        now_able = standing(by, user, credential, now())
        return replace(now_able, grants=roles_in(read[self._registry]))

    async def usage(self, tenant_id: str) -> list[Usage]:
        """The organization's use of the quotas of members and credentials. Raises Unavailable."""
        organization, invitations, members = await asyncio.gather(
            self._table.get(items.organization_key(tenant_id)),
            self._all(invitation_items.invitation_key(tenant_id, ""), invitation_items.invitation_of),
            self._all(items.user_key(tenant_id, ""), items.user_of),
        )
        by_id, at = {member.id: member for member in members}, now()
        is_open = [each.is_open(by_id.get(each.invited_by), at) for each in invitations]
        people = [member for member in members if member.kind is MemberKind.PERSON]
        counters = organization or {}
        return [
            *(Usage(quota, limit, int(counters.get(counter, 0))) for quota, limit, counter in _COUNTED),
            Usage(Quota.INVITATIONS, INVITATIONS_MAX, sum(is_open)),
            Usage(Quota.MEMBERS, MEMBERS_MAX, len(people)),
        ]

    async def _all(self, first: dict[str, str], read: Callable[[str, str, Item], R]) -> list[R]:
        """All records of an organization whose keys begin like `first`."""
        query = query_of("pk = :pk AND begins_with(sk, :sk)", {":pk": first["pk"], ":sk": first["sk"]})
        tenant_id = first["pk"].partition("#")[2]
        found = [item async for page in self._table.query(**query) for item in values(page)]
        return [read(tenant_id, item["sk"].removeprefix(first["sk"]), item) for item in found]

    async def knows(self, tenant_id: str, subjects: Mapping[str, SubjectKind]) -> frozenset[str]:
        keys = {
            subject: key_items.key_key(subject) if kind is SubjectKind.KEY else items.user_key(tenant_id, subject)
            for subject, kind in subjects.items()
        }
        read = await self._table.get_many(list(keys.values()), consistent=True)
        found = {(item["pk"], item["sk"]): item for item in read}
        stored = {subject: found.get((key["pk"], key["sk"])) for subject, key in keys.items()}
        return frozenset(
            subject for subject, item in stored.items() if item and _is(tenant_id, subject, subjects[subject], item)
        )


def _is(tenant_id: str, subject: str, kind: SubjectKind, item: Item) -> bool:
    """Returns whether an item is that of a subject of this kind in the organization."""
    if kind is SubjectKind.KEY:
        return bool(item["tenant_id"] == tenant_id)
    return items.user_of(tenant_id, subject, item).kind is _MEMBERS[kind]
