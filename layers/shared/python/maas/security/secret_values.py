"""Secrets from AWS Secrets Manager, re-read as they age.

Not by Powertools' SecretsProvider: once a value has aged, it drops it before the next one is there.
"""

import threading
import time
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Generic, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from maas.domain.errors import Unavailable
from maas.platform.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

# Seconds that a process believes what it has read, and between two attempts to read again.
MAX_AGE, PAUSE = 300.0, 10.0
# 3 s where nobody listens: below the 5 s that the authorizer has.
CONFIG = Config(connect_timeout=1, read_timeout=1, retries={"mode": "standard", "total_max_attempts": 2})
_NOT_NOW = "a secret that this needs can't be read just now; try again"

T = TypeVar("T")


def secret_text(secret_id: str, endpoint: str) -> str:
    """The current text of a secret (name or ARN), "" where it holds bytes; `endpoint` empty: AWS itself.

    Raises:
        Unavailable: it can't be read; the log says why.
    """
    try:
        found = _client(endpoint).get_secret_value(SecretId=secret_id, VersionStage="AWSCURRENT")
    except (BotoCoreError, ClientError) as error:
        logger.warning("a secret can't be read", secret=secret_id, reason=str(error))
        raise Unavailable(_NOT_NOW) from error
    return found.get("SecretString", "")


@cache
def _client(endpoint: str) -> "SecretsManagerClient":
    return boto3.client("secretsmanager", endpoint_url=endpoint or None, config=CONFIG)


class Secret(Generic[T]):
    """What `parse` makes of the text that `read` gives. Nothing is read before it is needed.

    `clock` gives Unix seconds: a monotonic clock may stand still while a function is frozen between two events.
    Threads may share it: those that come while one reads get what it has read.
    """

    def __init__(
        self, read: Callable[[], str], parse: Callable[[str], T], clock: Callable[[], float] = time.time
    ) -> None:
        self._read, self._parse, self._clock = read, parse, clock
        self._held: T | None = None
        self._read_at = self._tried_at = 0.0
        self._lock = threading.Lock()

    def held(self) -> T:
        """What was read last, however old. Raises Unavailable where nothing was, and can't be now."""
        if self._held is None:
            self.renew()
        assert self._held is not None
        return self._held

    def value(self) -> T:
        """The same, read again first when it is older than MAX_AGE. If that fails, what is held goes on."""
        if self._clock() - self._read_at > MAX_AGE:
            try:
                self.renew()
            except Unavailable:
                if self._held is None:
                    raise
        return self.held()

    def renew(self) -> None:
        """Reads it now; less than PAUSE after another attempt to renew it, only tells how that one ended.

        Raises:
            Unavailable: it can't be read, or its text can't be understood. What was held stays.
        """
        with self._lock:
            if self._held is not None:  # the first read of all does not count
                if self._clock() - self._tried_at < PAUSE:
                    if self._read_at < self._tried_at:
                        raise Unavailable(_NOT_NOW)
                    return
                self._tried_at = self._clock()
            self._held = self._parsed(self._read())
            self._read_at = self._clock()

    def _parsed(self, text: str) -> T:
        try:
            return self._parse(text)
        except ValueError as error:
            # Of the text itself nothing may show.
            logger.error("a secret's text is not of the form it must have", error=type(error).__name__)
            raise Unavailable(_NOT_NOW) from None
