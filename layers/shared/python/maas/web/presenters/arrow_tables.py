"""Outputs as a stream of Arrow: https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format."""

import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

from maas.domain.inference.outputs import Output
from maas.domain.inference.packing import packed, texts
from maas.domain.inference.tables import row_count

# By ONNX's name of the element type, the name of nanoarrow's.
_TYPES = {
    "float16": "float16",
    "float": "float32",
    "double": "float64",
    "bool": "bool_",
    "string": "string",
    **{f"{sign}int{bits}": f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)},
}


def arrow_stream(outputs: Mapping[str, Output]) -> bytes:
    """A stream with one batch. Its columns are the outputs in the form RAW, so each number has the bits it had.

    An output of shape [n] or [n, 1] is a column of numbers; any other one is a column of fixed-size lists.

    Raises InvalidInput if an output has no item for each row.
    """
    import nanoarrow
    from nanoarrow.ipc import StreamWriter

    rows = row_count(outputs)
    columns = {name: _column(output, nanoarrow) for name, output in outputs.items()}
    schema = nanoarrow.struct({name: kind for name, (kind, _) in columns.items()})
    arrays = [array for _, array in columns.values()]
    batch = nanoarrow.c_array_from_buffers(schema, rows, [None], children=arrays)
    stream = io.BytesIO()
    with StreamWriter.from_writable(stream) as writer:
        writer.write_stream(batch)
    return stream.getvalue()


def _column(output: Output, nanoarrow: Any) -> tuple[Any, Any]:
    """The type of a column, and its array."""
    kind = getattr(nanoarrow, _TYPES[output.dtype])()
    array = nanoarrow.c_array_from_buffers(kind, math.prod(output.shape), _buffers(output))
    inner: Sequence[int] = output.shape[1:] if math.prod(output.shape[1:]) != 1 else ()
    for axis in reversed(range(len(inner))):
        kind = nanoarrow.fixed_size_list(kind, inner[axis])
        length = output.shape[0] * math.prod(inner[:axis])
        array = nanoarrow.c_array_from_buffers(kind, length, [None], children=[array])
    return kind, array


def _buffers(output: Output) -> list[bytes | None]:
    """The buffers of a primitive layout. No value is null: a missing number is NaN."""
    if output.dtype == "string":
        strings, ends = texts(output.content), [0]
        for text in strings:
            ends.append(ends[-1] + len(text))
        return [None, packed("int32", ends), b"".join(strings)]
    if output.dtype == "bool":
        return [None, _bits(output.content)]
    return [None, output.content]


def _bits(content: bytes) -> bytes:
    """Booleans of one byte each as bits, the first one lowest."""
    bits = int(content[::-1].translate(_DIGITS) or b"0", 2)
    return bits.to_bytes((len(content) + 7) // 8, "little")


_DIGITS = bytes.maketrans(b"\0\1", b"01")
