"""The outputs of a model, and which of them have an item for each row."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.errors import InvalidInput, Rule
from maas.domain.inference.tensors import Feed

FREE = -1
TOO_LONG = "the prediction took longer than its timeout"
# Of the first output in one row. An embedding has fewer; an image's output would fill half of the answer a second time.
ROW_VALUES_MAX = 10_000


class NotComputable(Exception):
    """A model fails with values that fit its signature.

    `message` is for every caller. `reason` may describe the model's inside, so it is for the model's tenant alone.
    """

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason

    def explained(self, *, to_owner: bool) -> str:
        return f"{self.message}: {self.reason}" if to_owner and self.reason else self.message


class Form(StrEnum):
    """How the elements of an output are written.

    NESTED and FLAT are JSON: lists in lists, or one list in row-major order, with null for NaN and infinities. RAW has
    the bytes of packing.py.
    """

    NESTED = "nested"
    FLAT = "flat"
    RAW = "raw"


@dataclass(frozen=True, slots=True)
class Output:
    """One output: its elements in a Form, the lengths of its dimensions, and ONNX's name of its element type."""

    content: bytes
    shape: tuple[int, ...]
    dtype: str

    @classmethod
    def of(cls, values: Any, dtype: str = "float") -> Self:
        """The output with these nested lists."""
        shape, level = [], values
        while isinstance(level, list):
            shape.append(len(level))
            level = level[0] if level else None
        content = json.dumps(values, separators=(",", ":"), allow_nan=False).encode()
        return cls(content, tuple(shape), dtype)

    def values(self) -> Any:
        """The nested lists of an output in the form NESTED."""
        return json.loads(self.content)


@dataclass(frozen=True, slots=True)
class Wanted:
    """An output to compute, as the version's signature declares it, and the form that it is to have."""

    tensor: Tensor
    form: Form

    @property
    def name(self) -> str:
        return self.tensor.name


def chosen(signature: Signature, names: Sequence[str] | None) -> tuple[Tensor, ...]:
    """The outputs with these names, in their order; all for None.

    Raises:
        InvalidInput: a name is unknown or repeated; the field is `outputs[<position>]`.
    """
    if names is None:
        return signature.outputs
    known = {tensor.name: tensor for tensor in signature.outputs}
    found: dict[str, Tensor] = {}
    for position, name in enumerate(names):
        if name not in known:
            raise InvalidInput.of(f"outputs[{position}]", Rule.UNKNOWN, f"the model's outputs are {', '.join(known)}")
        if name in found:
            raise InvalidInput.of(f"outputs[{position}]", Rule.REPEATED, "must be named once")
        found[name] = known[name]
    return tuple(found.values())


def not_by_row(signature: Signature) -> tuple[Tensor, ...]:
    """The outputs that the file declares without a free first dimension although the number of rows is free.

    Predictions for several rows may not be told apart in them: `rows_of` decides by the computed shape.
    """
    if _batch(signature) != FREE:
        return ()
    return tuple(tensor for tensor in signature.outputs if tensor.shape[:1] != (FREE,))


def rows_of(signature: Signature, feed: Feed, tensor: Tensor, output: Output) -> list[Any] | None:
    """The items of an output, one for each row of the feed; None if the output is not by row.

    An item of more than ROW_VALUES_MAX values is None.
    """
    rows = asked_rows(signature, feed)
    if rows is None or not is_by_row(signature, tensor, output, rows):
        return None
    if math.prod(output.shape[1:]) > ROW_VALUES_MAX:
        return [None] * rows
    found: list[Any] = output.values()
    return found


def is_by_row(signature: Signature, tensor: Tensor, output: Output, rows: int) -> bool:
    """Returns whether an output has an item for each of `rows`: its first dimension has this length.

    A first dimension that the file fixes to 2 or more is not by row, even if it has that length by chance: the number
    of rows is free.
    """
    fixed = _batch(signature) == FREE and bool(tensor.shape) and tensor.shape[0] > 1
    return not fixed and output.shape[:1] == (rows,)


def whole(output: Output) -> Any:
    """All values of an output; None if it has more than ROW_VALUES_MAX."""
    return None if math.prod(output.shape) > ROW_VALUES_MAX else output.values()


def _batch(signature: Signature) -> int | None:
    """The first dimension of the inputs: FREE if one is free, else the length that all have; None without such one."""
    firsts = {tensor.shape[0] if tensor.shape else None for tensor in signature.inputs}
    if FREE in firsts:
        return FREE
    return firsts.pop() if len(firsts) == 1 else None


def asked_rows(signature: Signature, feed: Feed) -> int | None:
    """The rows of the feed, by the inputs whose first dimension is free; None if these differ."""
    batch = _batch(signature)
    if batch != FREE:
        return batch
    pairs = zip(signature.inputs, feed.values, strict=True)
    counts = {values.shape[0] for tensor, values in pairs if tensor.shape[:1] == (FREE,)}
    return counts.pop() if len(counts) == 1 else None
