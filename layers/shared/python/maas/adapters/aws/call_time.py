"""The time that a call to AWS may take, so that a request ends within the 29 s of its function.

A system that hangs is then answered as 503. Without these limits Lambda would kill the function, and the caller of a
change that is committed could not tell whether it was made.
"""

from botocore.config import Config

from maas.domain.errors import Unavailable
from maas.platform.request_context import remaining_seconds

CONNECT_TIMEOUT, READ_TIMEOUT, ATTEMPTS = 1.0, 5.0, 2
# Seconds of all attempts, with the pause of up to one second between them. Two such calls fit into a request.
CALL_MAX = 13


def config() -> Config:
    """The configuration of a client whose calls end within CALL_MAX."""
    return Config(
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
    )


def check_time_left() -> None:
    """Raises Unavailable if a call that begins now might outlast the current request."""
    if remaining_seconds(CALL_MAX) < CALL_MAX:
        raise Unavailable("the systems behind this are too slow just now; try again")
