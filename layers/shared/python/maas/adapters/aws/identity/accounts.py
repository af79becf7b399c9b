"""Organizations, users, e-mail addresses and sessions in the identity table: one item each."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from maas.adapters.aws.dynamodb_values import attributes, plain
from maas.adapters.aws.identity.addresses import member_keys
from maas.adapters.aws.identity.events import event
from maas.adapters.aws.identity.table import IdentityTable, Refused, Write
from maas.domain.errors import AlreadyExists
from maas.domain.identity.accounts import Credentials, Organization, Session, User
from maas.domain.identity.api_keys import ApiKey
from maas.domain.identity.credentials import SESSION, credential_of
from maas.domain.identity.events import IdentityEventType
from maas.domain.identity.trusted_issuers import TrustedIssuer
from maas.wire.identity import accounts as items
from maas.wire.identity import keys as key_items
from maas.wire.identity import sessions as session_items
from maas.wire.identity import trusted_issuers as issuer_items

_ROTATED = "SET digest = :successor, token_family = if_not_exists(token_family, :presented), refreshed_at = :at"


class DynamoIdentities:
    """The Identities port."""

    def __init__(self, table: IdentityTable) -> None:
        self._table = table
        self._get = table.get

    def add(self, organization: Organization, founder: User, password_hash: str) -> None:
        taken = AlreadyExists.of("email", "an account with this e-mail address exists")
        new = [
            items.credentials_item(founder, password_hash),
            items.organization_item(organization),
            items.user_item(founder),
        ]
        puts = [Write("Put", {"Item": item, "ConditionExpression": "attribute_not_exists(pk)"}, taken) for item in new]
        made = [event(None, record, otherwise=founder.id) for record in (organization, founder)]
        try:
            self._table.transact(puts, made)
        except AlreadyExists:
            # Ours if botocore retried our own write, because its first answer was lost: the hash is salted.
            stored = self.credentials(founder.email)
            if stored is None or stored.password_hash != password_hash:
                raise

    def organization(self, tenant_id: str) -> Organization | None:
        item = self._get(items.organization_key(tenant_id))
        return None if item is None else items.organization_of(tenant_id, item)

    def user(self, tenant_id: str, user_id: str) -> User | None:
        item = self._get(items.user_key(tenant_id, user_id))
        return None if item is None else items.user_of(tenant_id, user_id, item)

    def credentials(self, email: str) -> Credentials | None:
        item = self._get(items.credentials_key(email))
        return None if item is None else items.credentials_of(item)

    def memberships(self, email: str, known: Credentials) -> list[User]:
        members = member_keys(self._table, email, known)
        found = self._table.get_many([items.user_key(*member) for member in members.items()])
        tenants = {items.organization_key(tenant_id)["pk"]: tenant_id for tenant_id in members}
        users = [items.user_of(tenant := tenants[item["pk"]], members[tenant], item) for item in found]
        return sorted(users, key=lambda user: user.id)

    def renew(self, email: str, outdated: str, password_hash: str) -> None:
        self._table.dynamo.update(
            items.credentials_key(email),
            "SET password_hash = :new",
            {":new": password_hash, ":outdated": outdated},
            "password_hash = :outdated",
            returned="NONE",
        )

    def begin(self, session: Session) -> None:
        both = (items.session_item(session), session_items.listed_item(session))
        signed_in = event(None, session, otherwise=session.user_id, credential=credential_of(SESSION, session.id))
        self._table.transact([Write("Put", {"Item": item}) for item in both], [signed_in])

    def session(self, session_id: str) -> Session | None:
        item = self._get(items.session_key(session_id))
        return None if item is None else items.session_of(session_id, item)

    def rotate(self, session_id: str, presented: str, successor: str, now: datetime) -> bool:
        values: dict[str, Any] = {":successor": successor, ":presented": presented}
        values |= {":now": int(now.timestamp()), ":at": now.isoformat()}
        dynamo = self._table.dynamo
        try:
            with dynamo.translated_errors():
                answer = dynamo.client.update_item(
                    TableName=dynamo.name,
                    Key=attributes(items.session_key(session_id)),
                    UpdateExpression=_ROTATED,
                    ConditionExpression="digest = :presented AND expires > :now",
                    ExpressionAttributeValues=attributes(values),
                    ReturnValues="ALL_OLD",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except dynamo.client.exceptions.ConditionalCheckFailedException as error:
            # True if botocore retried our own write, because its first answer was lost.
            stored: Any = error.response.get("Item", {})
            return bool(stored.get("digest") == {"S": successor})
        before = plain(answer["Attributes"])
        if "started_at" not in before:  # a session of an earlier release is not listed before
            dynamo.put(session_items.listed_item(items.session_of(session_id, before)))
        return True

    def end(self, session: Session, *, reused: bool = False) -> None:
        listed = session_items.listed_key(session.tenant_id, session.user_id, session.id)
        there = {"Key": items.session_key(session.id), "ConditionExpression": "attribute_exists(pk)"}
        ended = event(
            session,
            None,
            otherwise=session.user_id,
            credential=credential_of(SESSION, session.id),
            kind=IdentityEventType.REFRESH_TOKEN_REUSED if reused else None,
        )
        with suppress(Refused):  # it has ended before
            self._table.transact([Write("Delete", there), Write("Delete", {"Key": listed})], [ended])

    def key(self, key_id: str) -> ApiKey | None:
        item = self._get(key_items.key_key(key_id))
        return None if item is None else key_items.key_of(key_id, item)

    def trusted_issuer(self, tenant_id: str, issuer_id: str) -> TrustedIssuer | None:
        item = self._get(issuer_items.issuer_key(tenant_id, issuer_id))
        return None if item is None else issuer_items.issuer_of(tenant_id, issuer_id, item)
