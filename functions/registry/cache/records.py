"""What the cache keeps: the keys of records, and their text for Redis."""

import json

from functions.registry import items
from functions.registry.ports import Record
from maas.domain.models import Model
from maas.domain.versions import Version, parse

Cached = Model | Version


def model_key(model_id: str) -> str:
    return f"model:{model_id}"


def version_key(model_id: str, number: str) -> str:
    return f"version:{model_id}:{number}"


def parse_key(key: str) -> tuple[str, str]:
    """A model's id, and a version's number or nothing. Raises ValueError."""
    match key.split(":"):
        case ["model", model_id]:
            return model_id, ""
        case ["version", model_id, number]:
            return model_id, parse(number)
        case _:
            raise ValueError("no key of a record")


def key_of(record: Record | None) -> str | None:
    """None for what is not cached: uploads are written about as often as they are read."""
    match record:
        case Model():
            return model_key(record.id)
        case Version():
            return version_key(record.model_id, record.version)
        case _:
            return None


def to_text(record: Cached) -> str:
    return json.dumps(items.item_of(record))


def from_text(key: str, text: str) -> Cached | None:
    """None for what another release of the registry wrote, what is no record at all, and what is another one's."""
    try:
        item = json.loads(text)
        record = items.version_of(item) if "version" in item else items.model_of(item)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return record if key_of(record) == key else None
