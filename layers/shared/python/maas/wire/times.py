"""Moments: datetime in UTC <-> google.protobuf.Timestamp."""

from datetime import UTC, datetime

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from maas.domain.errors import InvalidInput, Rule

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_timestamp(moment: datetime | None) -> Timestamp | None:
    """None stays None, which leaves a message's field unset."""
    if moment is None:
        return None
    since = moment - _EPOCH  # in integers, and in half the time of FromDatetime
    return Timestamp(seconds=since.days * 86_400 + since.seconds, nanos=since.microseconds * 1_000)


def from_timestamp(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(UTC)


def moment_of(message: Message, field: str) -> datetime:
    """The time that a caller has put into the message's field. Raises InvalidInput (field)."""
    if not message.HasField(field):
        raise InvalidInput.of(field, Rule.REQUIRED, "must be a time")
    try:
        return from_timestamp(getattr(message, field))
    except (ValueError, OverflowError) as error:
        raise InvalidInput.of(field, Rule.RANGE, "must be in the years 1 to 9999") from error
