"""Safetensors: 8 bytes with the header's length, a header of JSON, and the tensors' bytes without gaps.

The rules are those of the format's own reader: https://github.com/huggingface/safetensors#format
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from maas.adapters.formats import strict_json
from maas.adapters.formats.findings import TENSORS_MAX, Found, digest_of_blocks, shown, tensor
from maas.adapters.formats.refusals import RefusedError, damaged
from maas.adapters.formats.source import Source

# The format allows 100 MB. The header of a model with 100,000 tensors has 12 MB.
HEADER_MAX = 16 << 20
_RANK_MAX = 64
_BITS: Mapping[str, int] = {
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"), 8),
    **dict.fromkeys(("F4",), 4),
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    **dict.fromkeys(("I16", "U16", "F16", "BF16"), 16),
    **dict.fromkeys(("I32", "U32", "F32"), 32),
    **dict.fromkeys(("I64", "U64", "F64", "C64"), 64),
}
_KEYS = {"dtype", "shape", "data_offsets"}


@dataclass(frozen=True, slots=True)
class _Tensor:
    name: str
    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


def is_safetensors(head: bytes, size: int) -> bool:
    """Returns whether a file with these first bytes says that it is one. No other format begins so."""
    length = int.from_bytes(head[:8], "little")
    return head[8:9] == b"{" and 2 <= length < 1 << 40 and (length <= size - 8 or head[9:10] in b'"}')


def read(file: Source) -> Found:
    """Reads the header and each tensor's bytes. Raises RefusedError."""
    length = int.from_bytes(file.take(0, 8, "the length of its header"), "little")
    if length > HEADER_MAX:
        raise RefusedError(f"its header has {length} bytes; at most {HEADER_MAX} are read")
    header = strict_json.loads(file.take(8, length, "its header"), "its header")
    if not isinstance(header, dict):
        raise damaged("its header is not a JSON object")
    metadata = _metadata(header.pop("__metadata__", {}))
    tensors = sorted((_tensor(*item) for item in header.items()), key=lambda each: (each.begin, each.end))
    _check_layout(tensors, file, 8 + length)
    kept = sorted(tensors, key=lambda each: shown(each.name))[:TENSORS_MAX]
    return Found(
        "safetensors",
        details=_details(tensors, metadata),
        tensors=(_summary(file, 8 + length, each) for each in kept),
        tensor_count=len(tensors),
    )


def _metadata(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise damaged("its __metadata__ is not an object of texts")
    return value


def _tensor(name: str, info: Any) -> _Tensor:
    label = shown(name)
    if not isinstance(info, dict) or info.keys() != _KEYS:
        raise damaged(f"tensor {label} does not have exactly dtype, shape and data_offsets")
    shape, offsets = info["shape"], info["data_offsets"]
    if not _are_sizes(shape) or not _are_sizes(offsets) or len(offsets) != 2 or len(shape) > _RANK_MAX:
        raise damaged(f"tensor {label} has a shape or offsets that are none")
    bits = _BITS.get(info["dtype"]) if isinstance(info["dtype"], str) else None
    if bits is None:
        raise RefusedError(f"tensor {label} has an element type that safetensors does not have")
    if math.prod(shape) * bits != 8 * (offsets[1] - offsets[0]):
        raise damaged(f"tensor {label} does not have as many bytes as its shape and type need")
    return _Tensor(name, info["dtype"], tuple(shape), offsets[0], offsets[1])


def _are_sizes(value: Any) -> bool:
    return isinstance(value, list) and all(type(item) is int and 0 <= item < 1 << 63 for item in value)


def _check_layout(tensors: list[_Tensor], file: Source, start: int) -> None:
    """Raises RefusedError unless the tensors follow each other without gap and overlap, up to the end of the file."""
    end = 0
    for each in tensors:
        if each.begin != end:
            how = "overlaps the one before it" if each.begin < end else "leaves a gap before it"
            raise damaged(f"tensor {shown(each.name)} {how}")
        end = each.end
    file.check(start, end, "its last tensor")
    if start + end < file.size:
        raise RefusedError(f"{file.size - start - end} bytes follow the last tensor, which the format does not allow")


def _details(tensors: list[_Tensor], metadata: dict[str, str]) -> dict[str, Any]:
    listed = sorted(tensors, key=lambda each: each.name)
    return {
        "tensor_count": len(tensors),
        "parameter_count": sum(math.prod(each.shape) for each in tensors),
        "dtypes": dict(sorted(Counter(each.dtype for each in tensors).items())),
        "metadata": metadata,
        "tensors": [{"name": each.name, "dtype": each.dtype, "shape": list(each.shape)} for each in listed],
    }


def _summary(file: Source, start: int, each: _Tensor) -> dict[str, Any]:
    content = digest_of_blocks(file.blocks(start + each.begin, each.end - each.begin))
    return tensor(each.name, each.dtype, each.shape, content)
