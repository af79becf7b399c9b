"""Results of predictions as the cache stores them: checked when read, since a cache may hold anything."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NoReturn

from maas.domain.catalog.versions import Tensor
from maas.domain.inference.outputs import Output
from maas.domain.tensor_rules import DTYPES, Family
from maas.services.ports.inference import ResultCache

_TYPES: Mapping[Family, frozenset[type]] = {
    Family.FLOAT: frozenset({float, type(None)}),  # None is NaN or infinite
    Family.INTEGER: frozenset({int}),
    Family.BOOL: frozenset({bool}),
    Family.STRING: frozenset({str}),
}


@dataclass(frozen=True, slots=True)
class Stored:
    """Outputs by name. `computed_at` is in seconds of the wall clock of the process that computed them."""

    outputs: Mapping[str, Output]
    computed_at: float


def cached_outputs(cache: ResultCache, key: str, tensors: Sequence[Tensor]) -> Stored | None:
    """The stored outputs, one for each of `tensors` and in their order.

    None if there are none, or if the stored value is not a result with these names and element types.
    """
    found = cache.get(key)
    stored = None if found is None else _parsed(found)
    if not isinstance(stored, dict) or stored.get("tensors") != _described(tensors):
        return None
    if type(computed_at := stored.get("computed_at")) is not float:
        return None
    outputs = stored.get("outputs")
    if not isinstance(outputs, dict) or list(outputs) != [tensor.name for tensor in tensors]:
        return None
    if not all(_has_dtype(outputs[tensor.name], tensor.dtype) for tensor in tensors):
        return None
    return Stored({name: Output.of(values) for name, values in outputs.items()}, computed_at)


def store_outputs(
    cache: ResultCache, key: str, tensors: Sequence[Tensor], outputs: Mapping[str, Output], computed_at: float
) -> None:
    """Stores the outputs of a run, with the names, element types and shapes that the version's signature declares."""
    members = b",".join(json.dumps(tensor.name).encode() + b":" + outputs[tensor.name].json for tensor in tensors)
    described = json.dumps(_described(tensors), separators=(",", ":")).encode()
    head = b'{"computed_at":%a,"tensors":' % computed_at
    cache.put(key, head + described + b',"outputs":{' + members + b"}}")


def _described(tensors: Sequence[Tensor]) -> list[list[Any]]:
    return [[tensor.name, tensor.dtype, list(tensor.shape)] for tensor in tensors]


def _parsed(value: bytes) -> Any:
    """The JSON value; None if it is malformed or nested too deeply."""
    try:
        return json.loads(value, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _has_dtype(values: Any, dtype: str) -> bool:
    """Returns whether `values` are one element, or lists of equal depth, whose elements have the type's JSON type.

    The declared shape is not compared: a file may declare another shape than it computes.
    """
    known = DTYPES.get(dtype)
    level = [values]
    while level and all(isinstance(item, list) for item in level):
        level = list(chain.from_iterable(level))
    return known is not None and _TYPES[known.family].issuperset(map(type, level))
