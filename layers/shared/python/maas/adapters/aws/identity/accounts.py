"""Organizations, users, e-mail addresses and sessions in the identity table: one item each."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from maas.adapters.aws.identity.table import UNREACHABLE, IdentityTable, translated_errors
from maas.domain.errors import AlreadyExists, Unavailable
from maas.domain.identity.accounts import Credentials, Organization, Session, User
from maas.domain.identity.api_keys import ApiKey
from maas.wire.identity import accounts as items
from maas.wire.identity import keys as key_items


class DynamoIdentities:
    """The Identities port."""

    def __init__(self, table: IdentityTable) -> None:
        self._table = table.resource
        self._client = self._table.meta.client
        self._exceptions = self._client.exceptions
        self._get, self._get_many, self._query = table.get, table.get_many, table.query

    def add(self, organization: Organization, founder: User, password_hash: str) -> None:
        new = [
            items.credentials_item(founder, password_hash),
            items.organization_item(organization),
            items.user_item(founder),
        ]
        only_new = {"TableName": self._table.name, "ConditionExpression": "attribute_not_exists(pk)"}
        puts: Any = [{"Put": {**only_new, "Item": item}} for item in new]
        with translated_errors():
            try:
                self._client.transact_write_items(TransactItems=puts)
            except self._exceptions.TransactionCanceledException as error:
                if error.response["CancellationReasons"][0]["Code"] != "ConditionalCheckFailed":  # the credentials'
                    raise Unavailable(UNREACHABLE) from error
                # Ours if botocore retried our own write, because its first answer was lost: the hash is salted.
                stored = self.credentials(founder.email)
                if stored is None or stored.password_hash != password_hash:
                    raise AlreadyExists.of("email", "an account with this e-mail address exists") from None

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
        members = {known.tenant_id: known.user_id}
        if known.memberships > 1:
            partition, prefix = items.credentials_key(email)["pk"], items.membership_key(email, "")["sk"]
            further = self._query(partition, begins_with=prefix)
            members |= {item["sk"].removeprefix(prefix): item["user_id"] for item in further}
        found = self._get_many([items.user_key(*member) for member in members.items()])
        tenants = {items.organization_key(tenant_id)["pk"]: tenant_id for tenant_id in members}
        return [items.user_of(tenant := tenants[item["pk"]], members[tenant], item) for item in found]

    def renew(self, email: str, outdated: str, password_hash: str) -> None:
        with translated_errors(), suppress(self._exceptions.ConditionalCheckFailedException):
            self._table.update_item(
                Key=items.credentials_key(email),
                UpdateExpression="SET password_hash = :new",
                ConditionExpression="password_hash = :outdated",
                ExpressionAttributeValues={":new": password_hash, ":outdated": outdated},
            )

    def begin(self, session: Session) -> None:
        with translated_errors():
            self._table.put_item(Item=items.session_item(session))

    def session(self, session_id: str) -> Session | None:
        item = self._get(items.session_key(session_id))
        return None if item is None else items.session_of(session_id, item)

    def rotate(self, session_id: str, presented: str, successor: str, now: datetime) -> bool:
        values: dict[str, Any] = {":successor": successor, ":presented": presented, ":now": int(now.timestamp())}
        with translated_errors():
            try:
                self._table.update_item(
                    Key=items.session_key(session_id),
                    UpdateExpression="SET digest = :successor, token_family = if_not_exists(token_family, :presented)",
                    ConditionExpression="digest = :presented AND expires > :now",
                    ExpressionAttributeValues=values,
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except self._exceptions.ConditionalCheckFailedException as error:
                # True if botocore retried our own write, because its first answer was lost.
                stored: Any = error.response.get("Item", {})
                return bool(stored.get("digest") == {"S": successor})
        return True

    def end(self, session_id: str) -> None:
        with translated_errors():
            self._table.delete_item(Key=items.session_key(session_id))

    def key(self, key_id: str) -> ApiKey | None:
        item = self._get(key_items.key_key(key_id))
        return None if item is None else key_items.key_of(key_id, item)
