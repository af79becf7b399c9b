"""A person's own account in the identity table: name, sessions and password."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from maas.adapters.aws.dynamodb_batches import BATCH_MAX
from maas.adapters.aws.identity.addresses import changed_member, changed_password, member_keys
from maas.adapters.aws.identity.events import email_verified, event, user_event
from maas.adapters.aws.identity.members import NAMES, as_read
from maas.adapters.aws.identity.table import IdentityTable, Write, first_page
from maas.domain.errors import MaasError
from maas.domain.identity.accounts import Credentials, Session, User
from maas.domain.identity.events import IdentityEventType
from maas.domain.identity.races import Outdated, settled
from maas.domain.identity.standing import session_ended
from maas.wire.identity import accounts as items
from maas.wire.identity.sessions import listed_key


class DynamoOwnAccounts:
    """The OwnAccounts port."""

    def __init__(self, table: IdentityTable) -> None:
        self._table = table

    def sessions(self, user: User, now: datetime, *, limit: int, after: str) -> tuple[list[Session], str]:
        ids = (each for each, _ in self._table.listed(listed_key(user.tenant_id, user.id, ""), after))
        sessions = (session for batch in _batches(ids, limit + 1) for session in self._read(batch))
        live = (each for each in sessions if not each.has_ended(now) and not user.has_ended(each))
        return first_page(live, limit, lambda session: session.id)

    def rename(self, user: User, name: str) -> None:
        settled(lambda: self._rename(user, name))

    def _rename(self, user: User, name: str) -> None:
        key = items.user_key(user.tenant_id, user.id)
        stored = self._table.get(key)
        if stored is None:
            return
        read = items.user_of(user.tenant_id, user.id, stored)
        if read.name == name:
            return
        condition, values = as_read(read)
        update = {
            "Key": key,
            "UpdateExpression": "SET #name = :name",
            "ConditionExpression": condition,
            "ExpressionAttributeNames": NAMES,
            "ExpressionAttributeValues": {**values, ":name": name},
        }
        renamed = event(read, replace(read, name=name), otherwise=user.id)
        self._table.transact([Write("Update", update, Outdated())], [renamed])

    def end_sessions(self, user: User, at: datetime) -> None:
        change = changed_member(
            items.user_key(user.tenant_id, user.id), "SET sessions_after = :at", {":at": at.isoformat()}
        )
        ended = user_event(IdentityEventType.SESSIONS_ENDED, user.tenant_id, user.id, "sessions")
        with suppress(Outdated):  # the member is gone
            self._table.transact([change], [ended])

    def change_password(self, email: str, known: Credentials, successor: Credentials, kept: str) -> None:
        self._change_password(email, known, successor, kept, IdentityEventType.PASSWORD_CHANGED)

    def reset_password(self, email: str, known: Credentials, successor: Credentials) -> None:
        self._change_password(email, known, successor, "", IdentityEventType.PASSWORD_RESET)

    def _change_password(
        self, email: str, known: Credentials, successor: Credentials, kept: str, kind: IdentityEventType
    ) -> None:
        update, values = "SET password_id = :id", dict[str, Any]({":id": successor.password_id})
        members = member_keys(self._table, email, known).items()
        writes = []
        if kept:
            writes.append(changed_member(items.session_key(kept), update, dict(values), refused=session_ended()))
        events = [user_event(kind, *member, "password") for member in members]
        if successor.verified and not known.verified:
            update, values[":true"] = f"{update}, email_verified = :true", True
            events += [email_verified(*member) for member in members]
        writes += [changed_member(items.user_key(*member), update, values) for member in members]
        try:
            self._table.transact([changed_password(email, known, successor), *writes], events)
        except (MaasError, Outdated):
            # Ours if botocore retried our own write, because its first answer was lost: the id is random.
            stored = self._table.get(items.credentials_key(email))
            if stored is None or items.credentials_of(stored).password_id != successor.password_id:
                raise

    def _read(self, ids: list[str]) -> list[Session]:
        """The sessions that there are, in the order of their ids."""
        keys = [items.session_key(each) for each in ids]
        found = {item["pk"]: item for item in self._table.get_many(keys)}
        return [
            items.session_of(each, found[key["pk"]]) for each, key in zip(ids, keys, strict=True) if key["pk"] in found
        ]


def _batches(ids: Iterator[str], size: int) -> Iterator[list[str]]:
    while batch := list(islice(ids, min(size, BATCH_MAX))):
        yield batch
