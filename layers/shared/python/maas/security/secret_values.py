"""Secrets from AWS Secrets Manager, re-read as they age.

Powertools' SecretsProvider is not used: once a value has aged, it is dropped before the next one has been read.
"""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from maas.domain.errors import Unavailable
from maas.platform.observability import logger

# The maximum age of a value that was read, and the pause between two attempts to re-read it, in seconds.
MAX_AGE, PAUSE = 300.0, 10.0
# At most 3 s without a response: less than the authorizer's timeout of 5 s.
CONFIG = Config(connect_timeout=1, read_timeout=1, retries={"mode": "standard", "total_max_attempts": 2})
_UNREADABLE = "a secret that this needs can't be read just now; try again"

T = TypeVar("T")


class SecretReader:
    """Reads secrets from Secrets Manager. `endpoint` empty: AWS itself. Nothing is sent before the first read."""

    def __init__(self, endpoint: str) -> None:
        self._client = boto3.client("secretsmanager", endpoint_url=endpoint or None, config=CONFIG)

    def text(self, secret_id: str) -> str:
        """The current text of a secret (name or ARN), or "" if the secret holds bytes.

        Raises:
            Unavailable: the secret can't be read; the reason is logged.
        """
        try:
            found = self._client.get_secret_value(SecretId=secret_id, VersionStage="AWSCURRENT")
        except (BotoCoreError, ClientError) as error:
            logger.warning("a secret can't be read", secret=secret_id, reason=str(error))
            raise Unavailable(_UNREADABLE) from error
        return found.get("SecretString", "")


class Secret(Generic[T]):
    """The value that `parse` makes of the text that `read` returns. Nothing is read before the first use.

    `clock` returns Unix seconds: a monotonic clock may stand still while a function is frozen between two events.
    Threads may share a secret: those that arrive during a read get its result.
    """

    def __init__(
        self, read: Callable[[], str], parse: Callable[[str], T], clock: Callable[[], float] = time.time
    ) -> None:
        self._read, self._parse, self._clock = read, parse, clock
        self._cached: T | None = None
        self._read_at = self._tried_at = 0.0
        self._lock = threading.Lock()

    def cached(self) -> T:
        """The value read last, of any age. Raises Unavailable if none was read and none can be read now."""
        if self._cached is None:
            self.renew()
        assert self._cached is not None
        return self._cached

    def value(self) -> T:
        """The value, re-read if it is older than MAX_AGE. If re-reading fails, the cached value stays in use.

        Raises Unavailable if no value was ever read.
        """
        if self._clock() - self._read_at > MAX_AGE:
            try:
                self.renew()
            except Unavailable:
                if self._cached is None:
                    raise
        return self.cached()

    def renew(self) -> None:
        """Re-reads the value now. Within PAUSE of the last attempt it only repeats that attempt's outcome.

        Raises:
            Unavailable: the secret can't be read or parsed. The cached value stays.
        """
        with self._lock:
            if self._cached is not None:  # until a first value has been read, every attempt reads
                if self._clock() - self._tried_at < PAUSE:
                    if self._read_at < self._tried_at:
                        raise Unavailable(_UNREADABLE)
                    return
                self._tried_at = self._clock()
            self._cached = self._parsed(self._read())
            self._read_at = self._clock()

    def _parsed(self, text: str) -> T:
        try:
            return self._parse(text)
        except ValueError as error:
            # The error's message may quote the text, so only its type is logged.
            logger.error("a secret's text is malformed", error=type(error).__name__)
            raise Unavailable(_UNREADABLE) from None
