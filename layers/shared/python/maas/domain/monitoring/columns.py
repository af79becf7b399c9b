"""The columns of a version that are measured: one for each number of a row, by the names that callers use."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from maas.domain.catalog.version_settings import FEATURE_NAMES
from maas.domain.catalog.versions import Tensor, Version
from maas.domain.inference.frames import feature_names
from maas.domain.tensor_rules import DTYPES, Family

# Of a version's inputs, and of its outputs. A tensor whose columns do not fit is one column with all its elements.
COLUMNS_MAX = 128


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one tensor, in the order of a row. A single column takes all elements of the tensor."""

    tensor: Tensor
    names: tuple[str, ...]

    @property
    def family(self) -> Family:
        return DTYPES[self.tensor.dtype].family


def input_columns(version: Version) -> list[Columns]:
    """The columns of a version's inputs; none without a checked file that is served."""
    if version.artifact is None:
        return []
    signature = version.artifact.signature
    named = feature_names(signature, version.metadata.get(FEATURE_NAMES))
    return _columns(signature.inputs, named)


def output_columns(version: Version) -> list[Columns]:
    """The columns of a version's outputs."""
    return [] if version.artifact is None else _columns(version.artifact.signature.outputs, None)


def column_names(version: Version) -> list[tuple[Tensor, tuple[str, ...]]]:
    """The names of the columns of each input, however many there are; the input's own name if it is no row of few."""
    if version.artifact is None:
        return []
    signature = version.artifact.signature
    named = feature_names(signature, version.metadata.get(FEATURE_NAMES))
    return [(tensor, tuple(named) if named is not None else _names(tensor)) for tensor in signature.inputs]


def _columns(tensors: Sequence[Tensor], named: Sequence[str] | None) -> list[Columns]:
    found, room = [], COLUMNS_MAX
    for tensor in tensors:
        if tensor.dtype not in DTYPES or not room:
            continue
        names = tuple(named) if named is not None else _names(tensor)
        if len(names) > room:
            names = (tensor.name,)
        found.append(Columns(tensor, names))
        room -= len(names)
    return found


def _names(tensor: Tensor) -> tuple[str, ...]:
    inner = tensor.shape[1:]
    width = math.prod(inner) if all(size > 0 for size in inner) else 1
    if not 1 < width <= COLUMNS_MAX:
        return (tensor.name,)
    return tuple(f"{tensor.name}[{position}]" for position in range(width))
