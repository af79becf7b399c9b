"""Effects as plain values, and their results back."""

from collections.abc import Mapping
from typing import Any

from functions.registry.alias_records import aliases_of, aliases_values
from functions.registry.records import (
    Values,
    model_of,
    model_values,
    upload_of,
    upload_values,
    version_of,
    version_values,
)
from functions.registry.stored import Effect, Result, StoredModel, StoredVersion
from maas.domain.uploads.sessions import Upload


def effect_values(effect: Effect) -> Values:
    """`expires` is the table's TTL."""
    kind, values = _result_values(effect.result)
    return {"kind": kind, "result": values, "expires": int(effect.expires_at.timestamp())}


def result_of(values: Mapping[str, Any]) -> Result:
    found = values["result"]
    match values["kind"]:
        case "model":
            return model_of(found)
        case "version":
            return version_of(found)
        case "upload":
            return upload_of(found)
    [alias] = aliases_of(found).values()
    return alias


def _result_values(result: Result) -> tuple[str, Values]:
    match result:
        case StoredModel():
            return "model", model_values(result)
        case StoredVersion():
            return "version", version_values(result)
        case Upload():
            return "upload", upload_values(result)
    return "alias", aliases_values({result.name: result})
