"""Sizes of predictions as JSON, and models of which no prediction can fit."""

from collections.abc import Mapping, Sequence

from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.tensor_rules import DTYPES, Family

MIB = 1024 * 1024
# Bytes. Lambda takes 6 MB with the event around it (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
REQUEST_MAX = 6 * MIB
# Bytes before compression. Lambda answers 6 MB, which is 4.4 MiB of gzip in base64; numbers shrink to less than half.
# More than this would cost a function seconds, and only uniform values would fit.
ANSWER_MAX = 32 * MIB

# The shortest JSON of an element: `0`, `0.0`, `true`, `""`.
_SENT = {Family.FLOAT: 1, Family.INTEGER: 1, Family.BOOL: 4, Family.STRING: 2}
_ANSWERED = {**_SENT, Family.FLOAT: 3}


def unservable(signature: Signature) -> str | None:
    """The reason why no prediction of such a model can be sent or answered; None if one may fit.

    Free dimensions count as 1. Every output may be chosen alone, so one that fits is enough.
    """
    sent = sum(_least(tensor, _SENT) for tensor in signature.inputs)
    if sent > REQUEST_MAX:
        return f"one call has at least {sent} bytes of JSON as inputs; a request has at most {REQUEST_MAX}"
    answered = min((_least(tensor, _ANSWERED) for tensor in signature.outputs), default=0)
    if answered > ANSWER_MAX:
        return f"its smallest output has at least {answered} bytes of JSON; an answer has at most {ANSWER_MAX}"
    return None


def crowded(signature: Signature) -> str | None:
    """The warning that no answer holds all outputs together; None if one may. Free dimensions count as 1."""
    answered = sum(_least(tensor, _ANSWERED) for tensor in signature.outputs)
    if answered <= ANSWER_MAX:
        return None
    return (
        f"all outputs together have at least {answered} bytes of JSON; an answer has at most {ANSWER_MAX}: "
        "calls must choose some by outputs"
    )


def least_answer(shape: Sequence[int], family: Family) -> int:
    """The bytes of the shortest possible JSON of an output."""
    return _nested(shape, _ANSWERED[family])


def _least(tensor: Tensor, elements: Mapping[Family, int]) -> int:
    dtype = DTYPES.get(tensor.dtype)
    return _nested([1 if size < 0 else size for size in tensor.shape], elements[dtype.family]) if dtype else 0


def _nested(shape: Sequence[int], element: int) -> int:
    """Bytes of nested lists of this shape: brackets, commas, and `element` bytes for each element."""
    size = element
    for length in reversed(shape):
        size = 2 + length * size + max(length - 1, 0)
    return size
