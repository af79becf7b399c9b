"""Differences between two versions of a model."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from maas.domain.catalog.compatibility import broken_by
from maas.domain.catalog.graph_diff import GraphDiff
from maas.domain.catalog.versions import Signature, Tensor, Version, by_name
from maas.domain.errors import FieldError
from maas.domain.mapping_diff import Change, diff_mappings, same_json

# Without number, times and revision: these always differ.
_FIELDS = ("state", "failure", "parent", "forced", "created_by", "changelog", "model_card")
_FILE = ("format", "size", "sha256")
_NO_SIGNATURE = Signature((), ())


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionDiff:
    """The changes from `old` to `new`.

    Keys of changes are names; keys of metadata are JSON pointers (RFC 6901). A version without a file has neither
    format, size, sha256 nor tensors.
    `breaking_changes` are the reasons why callers of `old` can't call `new`; None if a version has no signature.
    `graph` is a text with the reason if the graphs can't be compared.
    """

    old: Version
    new: Version
    fields: tuple[Change[str, str], ...]
    metadata: tuple[Change[str, Any], ...]
    metrics: tuple[Change[str, float], ...]
    file: tuple[Change[str, int | str], ...]
    inputs: tuple[Change[str, Tensor], ...]
    outputs: tuple[Change[str, Tensor], ...]
    breaking_changes: tuple[FieldError, ...] | None
    graph: GraphDiff | str


def compare_versions(old: Version, new: Version, graph: GraphDiff | str) -> VersionDiff:
    before, after = _signature(old), _signature(new)
    return VersionDiff(
        old=old,
        new=new,
        fields=diff_mappings(_fields(old), _fields(new)),
        metadata=diff_mappings(leaves(old.metadata), leaves(new.metadata), equal=same_json),
        metrics=diff_mappings(old.metrics, new.metrics, equal=_same_number),
        file=diff_mappings(_file(old), _file(new)),
        inputs=diff_mappings(by_name(before.inputs), by_name(after.inputs)),
        outputs=diff_mappings(by_name(before.outputs), by_name(after.outputs)),
        breaking_changes=tuple(broken_by(old.artifact, new.artifact)) if old.artifact and new.artifact else None,
        graph=graph,
    )


def leaves(value: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """The values of a JSON object by JSON pointer (RFC 6901). Lists and empty objects are values."""
    found: dict[str, Any] = {}
    for name, item in value.items():
        pointer = f"{path}/{name.replace('~', '~0').replace('/', '~1')}"
        found |= leaves(item, pointer) if isinstance(item, dict) and item else {pointer: item}
    return found


def delta(change: Change[str, float]) -> float | None:
    """The new value minus the old one; None if a value is missing or the difference is not finite."""
    if change.old is None or change.new is None:
        return None
    return _finite(change.new - change.old)


def relative(change: Change[str, float]) -> float | None:
    """The delta divided by the absolute old value; None without a delta, or if the old value is 0."""
    absolute = delta(change)
    return _finite(absolute / abs(change.old)) if absolute is not None and change.old else None


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _fields(version: Version) -> dict[str, str]:
    return {name: str(value) for name in _FIELDS if (value := getattr(version, name))}


def _file(version: Version) -> dict[str, int | str]:
    return {name: getattr(version.artifact, name) for name in _FILE} if version.artifact else {}


def _signature(version: Version) -> Signature:
    return version.artifact.signature if version.artifact else _NO_SIGNATURE


def _same_number(old: float, new: float) -> bool:
    return old == new or (math.isnan(old) and math.isnan(new))
