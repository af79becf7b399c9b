"""An event of the bus, as the log records it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from maas.domain.audit.canonical import canonical

# Bytes of a text that is a key of an index. DynamoDB takes 2,048, with the organization.
TEXT_MAX = 512
ACTION = re.compile(r"[A-Za-z]{1,64}")
OBJECT = re.compile(r"[a-z_]{1,32}/\S+")
# The record of each kind of event of the registry, below the model, and where the event has its name.
_RECORDS = {
    "Version": ("version", "version"),
    "Alias": ("alias", "alias"),
    "Rollout": ("alias", "alias"),
    "Upload": ("upload", "upload_id"),
    "Grant": ("grant", "subject"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """A change or an observation. `time` is in the form of `stamp`.

    `object` is a path: what is below `model/<id>` belongs to the model.
    """

    id: str
    time: str
    tenant_id: str
    actor: Mapping[str, Any]
    action: str
    object: str
    changed: tuple[str, ...]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    @classmethod
    def of(cls, detail: Any) -> "AuditEvent":
        """The event of a message. Raises ValueError if it lacks a field, or one is of the wrong form."""
        if not isinstance(detail, Mapping):
            raise ValueError("the event is not an object")  # noqa: TRY004 - messages have one kind of fault
        actor = {name: _text_or_none(detail, name) for name in ("subject", "credential", "address", "request_id")}
        changed = detail.get("changed") or ()
        if not isinstance(changed, list | tuple) or not all(isinstance(name, str) for name in changed):
            raise ValueError("changed is not a list of names")
        before, after = _object_or_none(detail, "before"), _object_or_none(detail, "after")
        canonical([actor, list(changed), before, after])
        return cls(
            id=str(UUID(_text(detail, "id"))),
            time=stamp(datetime.fromisoformat(_text(detail, "time"))),
            tenant_id=str(UUID(_text(detail, "tenant_id"))),
            actor=actor,
            action=_matching(ACTION, _text(detail, "type"), "type"),
            object=_matching(OBJECT, _object_of(detail), "object"),
            changed=tuple(changed),
            before=before,
            after=after,
        )


def stamp(time: datetime) -> str:
    """The time in UTC with microseconds; the order of texts is that of times. Raises ValueError without a zone."""
    if time.tzinfo is None:
        raise ValueError("a time has no zone")
    try:
        return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z".rjust(27, "0")
    except OverflowError:
        raise ValueError("a time is not in the years 1 to 9999 in UTC") from None


def fits(text: str) -> bool:
    """Returns whether an index can have the text as a key."""
    return len(text.encode(errors="surrogatepass")) <= TEXT_MAX


def root_of(path: str) -> str:
    """The object that a path is about or belongs to: its first two parts."""
    return "/".join(path.split("/")[:2])


def _object_of(detail: Mapping[str, Any]) -> str:
    """The path that the event names; events of the registry name a model, and have the rest in their summaries."""
    if "object" in detail:
        return _text(detail, "object")
    model, type_ = f"model/{_text(detail, 'model_id')}", _text(detail, "type")
    summary = detail.get("after") or detail.get("before") or {}
    for kind, (record, field) in _RECORDS.items():
        if type_.startswith(kind):
            return f"{model}/{record}/{_text(summary, field)}"
    return model


def _text(detail: Mapping[str, Any], name: str) -> str:
    value = detail.get(name)
    if not isinstance(value, str) or not value or not fits(value):
        raise ValueError(f"{name} is not a text of 1 to {TEXT_MAX} bytes")
    return value


def _text_or_none(detail: Mapping[str, Any], name: str) -> str | None:
    return None if detail.get(name) is None else _text(detail, name)


def _object_or_none(detail: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    value = detail.get(name)
    if value is not None and not isinstance(value, Mapping):
        raise ValueError(f"{name} is not an object")
    return value


def _matching(pattern: re.Pattern[str], text: str, name: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError(f"{name} has a wrong form")
    return text
