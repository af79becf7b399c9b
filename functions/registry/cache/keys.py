"""Typed keys of cached records. `text()` is a key's name in both levels of the cache."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from functions.registry.ports import Record
from functions.registry.stored import StoredModel, StoredVersion
from maas.domain.catalog.model_names import ModelName
from maas.domain.catalog.references import Reference, parse_reference
from maas.domain.catalog.versions import parse
from maas.domain.errors import InvalidInput

# The classes are hashable but not frozen, because a frozen one takes three times as long to create.


@dataclass(slots=True, unsafe_hash=True)
class ModelKey:
    model_id: str

    def text(self) -> str:
        return f"model:{self.model_id}"


@dataclass(slots=True, unsafe_hash=True)
class VersionKey:
    model_id: str
    number: str

    def text(self) -> str:
        return f"version:{self.model_id}:{self.number}"


@dataclass(slots=True, unsafe_hash=True)
class RangeKey:
    """The key of the version that a range selects.

    Publishing and deprecating raise the model's revision, so the value of a key is never invalidated.
    """

    model_id: str
    revision: int
    reference: Reference

    def text(self) -> str:
        return f"range:{self.model_id}:{self.revision}:{self.reference.text}"


@dataclass(slots=True, unsafe_hash=True)
class NameKey:
    """The key of the model that has a name.

    A reader compares the model's own name, so a value that a change has overtaken is noticed.
    """

    name: ModelName

    def text(self) -> str:
        return f"name:{self.name.tenant_id}:{self.name.form}"


Key = ModelKey | VersionKey | RangeKey | NameKey


def key_of(record: Record | None) -> ModelKey | VersionKey | None:
    """The key of a record; None for uploads and moves, which are not cached: they are read about once per write."""
    match record:
        case StoredModel():
            return ModelKey(record.id)
        case StoredVersion():
            return VersionKey(record.model_id, record.version)
        case _:
            return None


def pack(keys: Iterable[Key]) -> str:
    """The keys as JSON, from which `unpack` makes them again."""
    return json.dumps([_parts(key) for key in keys])


def unpack(packed: str) -> list[Key]:
    """The keys in `packed`, without the ones that this release can't read; empty if `packed` is malformed."""
    try:
        found = json.loads(packed)
    except (ValueError, RecursionError):
        return []
    keys = map(_key, found) if isinstance(found, list) else ()
    return [key for key in keys if key is not None]


def _parts(key: Key) -> list[Any]:
    match key:
        case ModelKey():
            return ["model", key.model_id]
        case VersionKey():
            return ["version", key.model_id, key.number]
        case RangeKey():
            return ["range", key.model_id, key.revision, key.reference.text]
        case NameKey():
            return ["name", key.name.tenant_id, key.name.form]


def _key(parts: Any) -> Key | None:
    try:
        match parts:
            case ["model", str(model_id)]:
                return ModelKey(model_id)
            case ["version", str(model_id), str(number)]:
                return VersionKey(model_id, parse(number))
            case ["range", str(model_id), int(revision), str(text)]:
                return RangeKey(model_id, revision, parse_reference(text))
            case ["name", str(tenant_id), str(form)]:
                return NameKey(ModelName(tenant_id, form))
    except InvalidInput:
        pass
    return None
