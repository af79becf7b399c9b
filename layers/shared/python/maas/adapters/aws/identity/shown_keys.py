"""API keys as callers show them: one read of the identity table, and a note of the last use."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from maas.adapters.aws.dynamodb_values import attributes, plain
from maas.domain.clock import now as wall_clock
from maas.domain.errors import Unavailable
from maas.domain.identity.actors import Actor
from maas.domain.identity.api_keys import ApiKey, KeySecret, accepted
from maas.domain.identity.credentials import KEY, credential_of
from maas.domain.identity.pauses import NETWORK_PAUSE, Pauses
from maas.platform.dynamodb_errors import REFUSED, cancellation_reasons
from maas.platform.observability import logger
from maas.wire.identity import keys as items
from maas.wire.identity.key_uses import KeyUse, use_of

# At most 3 s without a response: less than the authorizer's timeout of 5 s.
_CONFIG = Config(connect_timeout=1, read_timeout=1, retries={"mode": "standard", "total_max_attempts": 2})


class ShownKeys:
    """Looks up keys in the table `name`. An empty `endpoint` is AWS itself."""

    def __init__(self, name: str, endpoint: str, clock: Callable[[], datetime] = wall_clock) -> None:
        self._name = name
        self._client = boto3.client("dynamodb", endpoint_url=endpoint or None, config=_CONFIG)
        self._clock = clock
        self._pauses = Pauses(NETWORK_PAUSE)

    def accepted(self, shown: KeySecret, address: str, request_id: str = "") -> ApiKey:
        """The key whose secret this is. Its use is noted at most once a minute, and from a new network at once.

        Raises:
            Unauthenticated: there is no such key, its secret is another one, or it has expired.
            Unavailable: the table does not answer.
        """
        now = self._clock()
        key = accepted(self._key(shown.key_id), shown, now)
        by = Actor(key.user_id, credential_of(KEY, key.id), address, request_id)
        if use := use_of(key, now, by, self._pauses):
            self._note(key.id, use)
        return key

    def _key(self, key_id: str) -> ApiKey | None:
        try:
            found = self._client.get_item(
                TableName=self._name, Key=attributes(items.key_key(key_id)), ConsistentRead=True
            ).get("Item")
        except (BotoCoreError, ClientError) as error:
            raise Unavailable("API keys can't be read just now; try again") from error
        return items.key_of(key_id, plain(found)) if found else None

    def _note(self, key_id: str, use: KeyUse) -> None:
        """Notes the use. A failure is logged and changes nothing for the caller."""
        update: Any = {"TableName": self._name, "Key": attributes(items.key_key(key_id)), **use.update}
        update["ExpressionAttributeValues"] = attributes(update["ExpressionAttributeValues"])
        try:
            if use.event is None:
                self._client.update_item(**update)
            else:
                put: Any = {"TableName": self._name, "Item": attributes(use.event)}
                self._client.transact_write_items(TransactItems=[{"Update": update}, {"Put": put}])
        except (BotoCoreError, ClientError) as error:
            if not _is_refused(error):  # another process has noted a use, or the key is revoked
                logger.warning("the use of a key can't be noted", key_id=key_id, reason=str(error))


def _is_refused(error: Exception) -> bool:
    if not isinstance(error, ClientError):
        return False
    return (
        REFUSED in cancellation_reasons(error) or error.response["Error"]["Code"] == "ConditionalCheckFailedException"
    )
