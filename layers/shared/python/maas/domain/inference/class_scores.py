"""Scores of the classes of a prediction: the float output that has several numbers for each row."""

from collections.abc import Mapping

from maas.domain.inference.outputs import Output

_FLOATS = frozenset({"float", "double", "float16"})
# A vector of more numbers is an embedding, and no list of classes.
_CLASSES_MAX = 1_000


def class_scores(outputs: Mapping[str, Output], rows: int) -> list[list[float]] | None:
    """The numbers of each row in the first such output behind the first output; None if there is none.

    `outputs` have the form NESTED.
    """
    for output in [*outputs.values()][1:]:
        shape = output.shape
        if output.dtype in _FLOATS and len(shape) == 2 and shape[0] == rows and 2 <= shape[1] <= _CLASSES_MAX:
            found: list[list[float]] = output.values()
            return found if all(None not in row for row in found) else None
    return None
