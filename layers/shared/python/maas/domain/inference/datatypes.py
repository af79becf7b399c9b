"""Element types by the names that the Open Inference Protocol gives them.

https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
"""

from collections.abc import Mapping

# By ONNX's name.
DATATYPES: Mapping[str, str] = {
    "bool": "BOOL",
    **{f"{sign}int{bits}": f"{sign}int{bits}".upper() for sign in ("u", "") for bits in (8, 16, 32, 64)},
    "float16": "FP16",
    "float": "FP32",
    "double": "FP64",
    "string": "BYTES",
}


def datatype_of(dtype: str) -> str:
    """The protocol's name of an element type; ONNX's own in capitals for types that predictions lack."""
    return DATATYPES.get(dtype, dtype.upper())
