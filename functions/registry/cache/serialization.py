"""Cached records as JSON texts for Redis, and back."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from functions.registry.cache.keys import Key, ModelKey, NameKey, RangeKey, VersionKey
from functions.registry.records import model_of, model_values, version_of, version_values
from functions.registry.stored import StoredModel, StoredVersion


@dataclass(frozen=True, slots=True)
class Resolved:
    """The version that a range selects while its model has this revision; `number` is empty if it selects none."""

    model_id: str
    revision: int
    text: str
    number: str


@dataclass(frozen=True, slots=True)
class Named:
    """The id of the model that has a name. Changes of names are not numbered, so all values have one revision."""

    tenant_id: str
    form: str
    model_id: str
    revision: int = 1


Cached = StoredModel | StoredVersion | Resolved | Named


def to_text(record: Cached) -> str:
    match record:
        case StoredModel():
            return json.dumps(model_values(record))
        case StoredVersion():
            return json.dumps(version_values(record))
        case Resolved() | Named():
            return json.dumps(asdict(record))


def from_text(key: Key, text: str) -> Cached | None:
    """The record of `key`.

    Returns None if the text was written by another release, is malformed, or belongs to another key.
    """
    try:
        return _record(key, json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        return None


def _record(key: Key, values: Mapping[str, Any]) -> Cached | None:
    match key:
        case ModelKey():
            model = model_of(values)
            return model if model.id == key.model_id else None
        case VersionKey():
            version = version_of(values)
            # A release that had no digests has written it: it is read from the table again, which gives it one.
            lacks_digest = version.artifact is not None and not version.digest
            is_it = (version.model_id, version.version) == (key.model_id, key.number)
            return version if is_it and not lacks_digest else None
        case RangeKey():
            resolved = Resolved(**values)
            same = (resolved.model_id, resolved.revision, resolved.text)
            return resolved if same == (key.model_id, key.revision, key.reference.text) else None
        case NameKey():
            named = Named(**values)
            return named if (named.tenant_id, named.form) == (key.name.tenant_id, key.name.form) else None
