"""What differs between two versions of a model."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from maas.domain.catalog.compatibility import breaks
from maas.domain.catalog.graph_diff import GraphDiff
from maas.domain.catalog.versions import Signature, Tensor, Version
from maas.domain.errors import FieldError
from maas.domain.mapping_diff import Change, changes, same_json

# Numbers, times and revision differ always; they name the two versions instead.
_FIELDS = ("state", "failure", "parent", "forced", "created_by", "changelog", "model_card")
_NO_SIGNATURE = Signature((), ())


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionDiff:
    """Keys are names; of metadata JSON pointers (RFC 6901). A version without a file has no size, sha256 or tensors.

    `breaks`: why callers of `old` can't call `new`; None where one of them has no signature.
    `graph` is the reason in words where the graphs can't be compared.
    """

    old: Version
    new: Version
    fields: tuple[Change[str, str], ...]
    metadata: tuple[Change[str, Any], ...]
    metrics: tuple[Change[str, float], ...]
    file: tuple[Change[str, int | str], ...]
    inputs: tuple[Change[str, Tensor], ...]
    outputs: tuple[Change[str, Tensor], ...]
    breaks: tuple[FieldError, ...] | None
    graph: GraphDiff | str


def compared(old: Version, new: Version, graph: GraphDiff | str) -> VersionDiff:
    before, after = _signature(old), _signature(new)
    return VersionDiff(
        old=old,
        new=new,
        fields=changes(_fields(old), _fields(new)),
        metadata=changes(leaves(old.metadata), leaves(new.metadata), same=same_json),
        metrics=changes(old.metrics, new.metrics, same=_same_number),
        file=changes(_file(old), _file(new)),
        inputs=changes(_by_name(before.inputs), _by_name(after.inputs)),
        outputs=changes(_by_name(before.outputs), _by_name(after.outputs)),
        breaks=tuple(breaks(before, after)) if old.artifact and new.artifact else None,
        graph=graph,
    )


def leaves(value: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """What is in a JSON object by its JSON pointer; lists, and objects with nothing in them, count as values."""
    found: dict[str, Any] = {}
    for name, item in value.items():
        here = f"{path}/{name.replace('~', '~0').replace('/', '~1')}"
        found |= leaves(item, here) if isinstance(item, dict) and item else {here: item}
    return found


def delta(change: Change[str, float]) -> float | None:
    """New less old; None where one is missing, or what comes out is no finite number."""
    if change.old is None or change.new is None:
        return None
    return _finite(change.new - change.old)


def relative(change: Change[str, float]) -> float | None:
    """The delta as a part of the old value's size; None where there is none, as from 0."""
    absolute = delta(change)
    return _finite(absolute / abs(change.old)) if absolute is not None and change.old else None


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _fields(version: Version) -> dict[str, str]:
    return {name: str(value) for name in _FIELDS if (value := getattr(version, name))}


def _file(version: Version) -> dict[str, int | str]:
    return {"size": version.artifact.size, "sha256": version.artifact.sha256} if version.artifact else {}


def _signature(version: Version) -> Signature:
    return version.artifact.signature if version.artifact else _NO_SIGNATURE


def _by_name(tensors: tuple[Tensor, ...]) -> dict[str, Tensor]:
    return {tensor.name: tensor for tensor in tensors}


def _same_number(old: float, new: float) -> bool:
    return old == new or (math.isnan(old) and math.isnan(new))
