"""Identity table (DynamoDB): one item each for an organization, a user, an e-mail address and a session.

- `TENANT#<tenant>`, `ORGANIZATION`: name, created_at
- `TENANT#<tenant>`, `USER#<user>`: email, name, roles, created_at
- `EMAIL#<email>`, `CREDENTIALS`: tenant_id, user_id, password_hash. The key makes an address unique.
- `SESSION#<id>`, `SESSION`: tenant_id, user_id, scopes, digest, expires (Unix seconds, also the table's TTL)
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
from botocore import exceptions
from botocore.exceptions import ClientError

from maas.adapters.aws import call_time
from maas.domain.errors import AlreadyExists, Unavailable
from maas.domain.identity.accounts import Credentials, Organization, Session, User
from maas.domain.identity.principals import Role, Scope
from maas.platform.dynamodb_errors import is_retryable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_UNREACHABLE = "accounts can't be read or changed just now; try again"

Item = Mapping[str, Any]


class DynamoIdentities:
    """The Identities port. `endpoint` empty means AWS itself. Nothing is sent before the first call."""

    def __init__(self, table: str, endpoint: str = "") -> None:
        dynamodb = boto3.resource("dynamodb", endpoint_url=endpoint or None, config=call_time.config())
        self._table: Table = dynamodb.Table(table)
        self._client = self._table.meta.client
        self._exceptions = self._client.exceptions

    def add(self, organization: Organization, founder: User, password_hash: str) -> None:
        items = [_credentials_item(founder, password_hash), _organization_item(organization), _user_item(founder)]
        only_new = {"TableName": self._table.name, "ConditionExpression": "attribute_not_exists(pk)"}
        puts: Any = [{"Put": {**only_new, "Item": item}} for item in items]
        with _translated_errors():
            try:
                self._client.transact_write_items(TransactItems=puts)
            except self._exceptions.TransactionCanceledException as error:
                if error.response["CancellationReasons"][0]["Code"] != "ConditionalCheckFailed":  # the credentials'
                    raise Unavailable(_UNREACHABLE) from error
                # Ours if botocore retried our own write, because its first answer was lost: the hash is salted.
                stored = self.credentials(founder.email)
                if stored is None or stored.password_hash != password_hash:
                    raise AlreadyExists.of("email", "an account with this e-mail address exists") from None

    def organization(self, tenant_id: str) -> Organization | None:
        item = self._get(f"TENANT#{tenant_id}", "ORGANIZATION")
        return None if item is None else _organization(tenant_id, item)

    def user(self, tenant_id: str, user_id: str) -> User | None:
        item = self._get(f"TENANT#{tenant_id}", f"USER#{user_id}")
        return None if item is None else _user(tenant_id, user_id, item)

    def credentials(self, email: str) -> Credentials | None:
        item = self._get(f"EMAIL#{email}", "CREDENTIALS")
        return None if item is None else _credentials(item)

    def begin(self, session: Session, digest: str) -> None:
        with _translated_errors():
            self._table.put_item(Item=_session_item(session, digest))

    def session(self, session_id: str) -> Session | None:
        item = self._get(*_session_key(session_id).values())
        return None if item is None else _session(session_id, item)

    def rotate(self, session_id: str, presented: str, successor: str, now: datetime) -> bool:
        values: dict[str, Any] = {":successor": successor, ":presented": presented, ":now": int(now.timestamp())}
        with _translated_errors():
            try:
                self._table.update_item(
                    Key=_session_key(session_id),
                    UpdateExpression="SET digest = :successor",
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
        with _translated_errors():
            self._table.delete_item(Key=_session_key(session_id))

    def _get(self, pk: str, sk: str) -> dict[str, Any] | None:
        with _translated_errors():
            return self._table.get_item(Key={"pk": pk, "sk": sk}, ConsistentRead=True).get("Item")


@contextmanager
def _translated_errors() -> Iterator[None]:
    """Raises Unavailable for missing and retryable answers, and if too little time is left for the call."""
    call_time.check_time_left()
    try:
        yield
    except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
        raise Unavailable(_UNREACHABLE) from error
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if not is_retryable(status, error.response["Error"]["Code"]):
            raise
        raise Unavailable(_UNREACHABLE) from error


def _organization_item(organization: Organization) -> dict[str, Any]:
    return {
        "pk": f"TENANT#{organization.id}",
        "sk": "ORGANIZATION",
        "name": organization.name,
        "created_at": organization.created_at.isoformat(),
    }


def _organization(tenant_id: str, item: Item) -> Organization:
    return Organization(id=tenant_id, name=item["name"], created_at=datetime.fromisoformat(item["created_at"]))


def _user_item(user: User) -> dict[str, Any]:
    return {
        "pk": f"TENANT#{user.tenant_id}",
        "sk": f"USER#{user.id}",
        "email": user.email,
        "name": user.name,
        "roles": sorted(user.roles),
        "created_at": user.created_at.isoformat(),
    }


def _user(tenant_id: str, user_id: str, item: Item) -> User:
    return User(
        id=user_id,
        tenant_id=tenant_id,
        email=item["email"],
        name=item["name"],
        roles=frozenset(Role(role) for role in item["roles"]),
        created_at=datetime.fromisoformat(item["created_at"]),
    )


def _credentials_item(user: User, password_hash: str) -> dict[str, Any]:
    return {
        "pk": f"EMAIL#{user.email}",
        "sk": "CREDENTIALS",
        "tenant_id": user.tenant_id,
        "user_id": user.id,
        "password_hash": password_hash,
    }


def _credentials(item: Item) -> Credentials:
    return Credentials(tenant_id=item["tenant_id"], user_id=item["user_id"], password_hash=item["password_hash"])


def _session_key(session_id: str) -> dict[str, str]:
    return {"pk": f"SESSION#{session_id}", "sk": "SESSION"}


def _session_item(session: Session, digest: str) -> dict[str, Any]:
    return {
        **_session_key(session.id),
        "tenant_id": session.tenant_id,
        "user_id": session.user_id,
        "scopes": sorted(session.scopes),
        "digest": digest,
        "expires": int(session.expires_at.timestamp()),
    }


def _session(session_id: str, item: Item) -> Session:
    return Session(
        id=session_id,
        tenant_id=item["tenant_id"],
        user_id=item["user_id"],
        scopes=frozenset(Scope(scope) for scope in item["scopes"]),
        expires_at=datetime.fromtimestamp(int(item["expires"]), UTC),
    )
