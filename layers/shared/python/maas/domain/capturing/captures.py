"""Captures: the predictions whose inputs a model's owner wants to have stored, and the files that have them."""

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from maas.domain.errors import InvalidInput, Rule
from maas.domain.ids import new_id

# Days for which files may be kept. The bucket has a rule of its lifecycle for each of them.
KEEP_DAYS = (1, 7, 30, 90)
REDACT_MAX, NAME_MAX = 64, 128
# Of the keys of files.
PREFIX = "captures/"
# Seconds after the end of a capture whose predictions are removed with the earlier ones: processes learn of it a second
# later, and their clocks differ.
END_SECONDS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """The share of predictions that is stored, in percent, without the inputs and features of `redact`.

    Files are kept for `keep_days`. `outputs` says whether the answers are stored too.
    """

    percent: float
    redact: tuple[str, ...] = ()
    keep_days: int = 7
    outputs: bool = False

    def with_good_numbers(self) -> "Capture":
        """This capture. Raises InvalidInput (percent, keep_days)."""
        if not (math.isfinite(self.percent) and 0 < self.percent <= 100):
            raise InvalidInput.of("percent", Rule.RANGE, "must be more than 0 and at most 100")
        if self.keep_days not in KEEP_DAYS:
            days = ", ".join(map(str, KEEP_DAYS))
            raise InvalidInput.of("keep_days", Rule.ENUM, f"must be one of {days}")
        return self

    def checked(self, known: frozenset[str]) -> "Capture":
        """This capture with its redacted names in order, if all of them are `known`.

        Raises InvalidInput (percent, keep_days, redact, redact[<place>]).
        """
        self.with_good_numbers()
        if len(self.redact) > REDACT_MAX:
            raise InvalidInput.of("redact", Rule.MAX_ITEMS, f"must have at most {REDACT_MAX} names")
        for place, name in enumerate(self.redact):
            _check_name(f"redact[{place}]", name, self.redact[:place], known)
        return replace(self, redact=tuple(sorted(self.redact)))


def _check_name(field: str, name: str, before: tuple[str, ...], known: frozenset[str]) -> None:
    if len(name) > NAME_MAX:
        raise InvalidInput.of(field, Rule.MAX_LENGTH, f"must have at most {NAME_MAX} characters")
    if name in before:
        raise InvalidInput.of(field, Rule.REPEATED, "must be named once")
    if name not in known:
        message = "must be an input or a feature of the version that the model's default_ref stands for"
        raise InvalidInput.of(field, Rule.UNKNOWN, message)


@dataclass(frozen=True, slots=True)
class CaptureFile:
    """One file of captured predictions; `size` is in bytes. It is gone at `expires_at`."""

    key: str
    size: int

    @property
    def name(self) -> str:
        return self.key.rpartition("/")[2]

    @property
    def created_at(self) -> datetime:
        return stored_at(self.key)

    @property
    def expires_at(self) -> datetime:
        return self.created_at + timedelta(days=int(self.name.split(".")[1].removesuffix("d")))


def stored_at(key: str) -> datetime:
    """The time of the last prediction of a file."""
    millis = int(key.rpartition("/")[2].partition(".")[0].replace("-", "")[:12], 16)
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=millis)


def captures_prefix(tenant_id: str, model_id: str) -> str:
    """The prefix of the files of a model, which are the organization's own."""
    return f"{PREFIX}{tenant_id}/{model_id}/"


def new_key(tenant_id: str, model_id: str, keep_days: int, at: datetime | None = None) -> str:
    """The key of a new file whose last prediction was made `at` this time, by default now.

    Keys sort by time, and say when the file expires.
    """
    return f"{captures_prefix(tenant_id, model_id)}{new_id(at)}.{keep_days}d.ndjson.gz"
