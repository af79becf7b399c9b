"""API keys as callers show them: one read of the identity table, and a note of the last use."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from maas.domain.clock import now as wall_clock
from maas.domain.errors import Unauthenticated, Unavailable
from maas.domain.identity.api_keys import ApiKey, KeySecret
from maas.platform.observability import logger
from maas.wire.identity import keys as items

# At most 3 s without a response: less than the authorizer's timeout of 5 s.
_CONFIG = Config(connect_timeout=1, read_timeout=1, retries={"mode": "standard", "total_max_attempts": 2})


class ShownKeys:
    """Looks up keys in the table `name`. An empty `endpoint` is AWS itself."""

    def __init__(self, name: str, endpoint: str, clock: Callable[[], datetime] = wall_clock) -> None:
        self._name = name
        self._client = boto3.client("dynamodb", endpoint_url=endpoint or None, config=_CONFIG)
        self._clock = clock
        self._plain = TypeDeserializer().deserialize

    def accepted(self, shown: KeySecret, address: str) -> ApiKey:
        """The key whose secret this is; its use from the address is noted at most once a minute.

        Raises:
            Unauthenticated: there is no such key, its secret is another one, or it has expired.
            Unavailable: the table does not answer.
        """
        now = self._clock()
        key = self._key(shown.key_id)
        if key is None or not key.accepts(shown, now):
            raise Unauthenticated("the API key is not valid, or is revoked")
        if key.has_ended(now):
            raise Unauthenticated("the API key has expired")
        if key.needs_note(now):
            self._note(key.id, now, address)
        return key

    def _key(self, key_id: str) -> ApiKey | None:
        try:
            found = self._client.get_item(
                TableName=self._name, Key=_typed(items.key_key(key_id)), ConsistentRead=True
            ).get("Item")
        except (BotoCoreError, ClientError) as error:
            raise Unavailable("API keys can't be read just now; try again") from error
        return items.key_of(key_id, {name: self._plain(value) for name, value in found.items()}) if found else None

    def _note(self, key_id: str, now: datetime, address: str) -> None:
        """Notes the use. A failure is logged and changes nothing for the caller."""
        use = items.use_at(now, address)
        use["ExpressionAttributeValues"] = _typed(use["ExpressionAttributeValues"])
        try:
            self._client.update_item(TableName=self._name, Key=_typed(items.key_key(key_id)), **use)
        except self._client.exceptions.ConditionalCheckFailedException:
            pass  # another process has noted a use, or the key is revoked
        except (BotoCoreError, ClientError) as error:
            logger.warning("the use of a key can't be noted", key_id=key_id, reason=str(error))


def _typed(values: Mapping[str, str]) -> dict[str, Any]:
    """Texts in DynamoDB's form."""
    return {name: {"S": value} for name, value in values.items()}
