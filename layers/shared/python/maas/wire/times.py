"""Moments: datetime in UTC <-> google.protobuf.Timestamp."""

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_timestamp(moment: datetime | None) -> Timestamp | None:
    """None stays None, which leaves a message's field unset."""
    if moment is None:
        return None
    since = moment - _EPOCH  # in integers, and in half the time of FromDatetime
    return Timestamp(seconds=since.days * 86_400 + since.seconds, nanos=since.microseconds * 1_000)


def from_timestamp(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(UTC)
