"""What the cache keeps: the keys of records, and their text for Redis."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from functions.registry.ports import Record
from functions.registry.records import model_of, model_values, version_of, version_values
from functions.registry.stored import StoredModel, StoredVersion


@dataclass(frozen=True, slots=True)
class Resolved:
    """The version that a range means while its model has this revision; an empty number: none."""

    model_id: str
    revision: int
    text: str
    number: str


Cached = StoredModel | StoredVersion | Resolved


def model_key(model_id: str) -> str:
    return f"model:{model_id}"


def version_key(model_id: str, number: str) -> str:
    return f"version:{model_id}:{number}"


def range_key(model_id: str, revision: int, text: str) -> str:
    """Publishing and deprecating raise the model's revision, so what is under this key never has to be taken back."""
    return f"range:{model_id}:{revision}:{text}"


def key_of(record: Record | Resolved | None) -> str | None:
    """None for what is not cached: uploads are written about as often as they are read."""
    match record:
        case StoredModel():
            return model_key(record.id)
        case StoredVersion():
            return version_key(record.model_id, record.version)
        case Resolved():
            return range_key(record.model_id, record.revision, record.text)
        case _:
            return None


def to_text(record: Cached) -> str:
    match record:
        case StoredModel():
            return json.dumps(model_values(record))
        case StoredVersion():
            return json.dumps(version_values(record))
        case Resolved():
            return json.dumps(asdict(record))


def from_text(key: str, text: str) -> Cached | None:
    """None for what another release of the registry wrote, what is no record at all, and what is another one's."""
    try:
        record = _KINDS[key.partition(":")[0]](json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        return None
    return record if key_of(record) == key else None


def _resolved(item: Mapping[str, Any]) -> Resolved:
    return Resolved(**item)


_KINDS: Mapping[str, Callable[[Mapping[str, Any]], Cached]] = {
    "model": model_of,
    "version": version_of,
    "range": _resolved,
}
