"""What will surprise callers of a model that is served: told to its owner when the file is checked."""

import math
from collections.abc import Iterator

from maas.domain.catalog.versions import WARNINGS_MAX, Signature, Tensor, shape_text
from maas.domain.inference.outputs import ROW_VALUES_MAX, not_by_row
from maas.domain.inference.sizes import crowded


def warnings_of(signature: Signature) -> tuple[str, ...]:
    """The warnings for a model with this signature: at most WARNINGS_MAX sentences, the last of which counts the rest.

    They follow from the declared shapes, so they may warn of what the model never does.
    """
    found = [*_sizes(signature), *map(_rows, not_by_row(signature))]
    if len(found) <= WARNINGS_MAX:
        return tuple(found)
    kept = found[: WARNINGS_MAX - 1]
    return (*kept, f"{len(found) - len(kept)} more warnings are left out")


def _sizes(signature: Signature) -> Iterator[str]:
    if warning := crowded(signature):
        yield warning
    for first in signature.outputs[:1]:
        shape = [1 if size < 0 else size for size in first.shape]
        values = math.prod(shape[1:])
        if values > ROW_VALUES_MAX and math.prod(shape) > 0:
            yield (
                f"the first output, {first.name}, has at least {values} values for each row; "
                f"prediction is null above {ROW_VALUES_MAX}, outputs has the values"
            )


def _rows(tensor: Tensor) -> str:
    """The warning for an output of `not_by_row`. A call decides by the computed shape unless 2 or more are declared."""
    declared = f"as {shape_text(tensor.shape)}" if tensor.shape else "without dimensions"
    answer = "answer" if tensor.shape and tensor.shape[0] > 1 else "may answer"
    return f"output {tensor.name} is declared {declared}; calls with several rows {answer} it whole, not row by row"
