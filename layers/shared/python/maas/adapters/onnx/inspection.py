"""ONNX: the file is parsed, loaded as inference loads it, and called once.

The validator's child process runs this module.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import onnx.checker
import onnxruntime as ort

from maas.adapters.formats.findings import fitted
from maas.adapters.formats.refusals import OUT_OF_MEMORY, RefusedError
from maas.adapters.formats.source import Source
from maas.adapters.onnx import conversion_faults, graph_summary, model_bytes, model_rules
from maas.adapters.onnx.options import session_options
from maas.adapters.onnx.ort_errors import ORT_ERRORS, cleaned, is_memory
from maas.adapters.onnx.printable import TEXT_MAX, printable
from maas.domain.model_memory import PROTOBUF_MAX
from maas.domain.tensor_rules import DTYPES, RANK_MAX, TENSOR_NAME_MAX, TENSORS_MAX

# Low enough for the registry to keep a signature in one record.
SIGNATURE_BYTES_MAX = 128 * 1024

# The checker raises built-in errors for files that it can't parse.
_CHECKER_ERRORS: tuple[type[Exception], ...] = (onnx.checker.ValidationError, RuntimeError, ValueError)

_TENSOR_TYPE = re.compile(r"tensor\((\w+)\)")


def parse(data: bytes) -> onnx.ModelProto:
    """Parses a model. Raises RefusedError unless it uses permitted operators only and is complete in this one file."""
    model = model_bytes.decoded(data)
    model_rules.check(model)
    return model


def load(data: bytes) -> ort.InferenceSession:
    """Loads a model. Raises RefusedError if the checker or ONNX Runtime rejects it."""
    try:
        onnx.checker.check_model(data)
    except _CHECKER_ERRORS as error:
        raise _refused("it is not valid ONNX: ", error) from None
    try:
        return ort.InferenceSession(data, session_options(), providers=["CPUExecutionProvider"])
    except ORT_ERRORS as error:
        raise _refused("ONNX Runtime can't load it: ", error) from None


def signature(session: ort.InferenceSession) -> dict[str, Any]:
    """The session's inputs and outputs. Raises RefusedError if one is not a tensor, or if they are too many."""
    found = {"inputs": _tensors("input", session.get_inputs()), "outputs": _tensors("output", session.get_outputs())}
    if len(json.dumps(found, ensure_ascii=False).encode()) > SIGNATURE_BYTES_MAX:
        raise RefusedError("its inputs and outputs have names that are too long together")
    return found


def _tensors(kind: str, nodes: list[Any]) -> list[dict[str, Any]]:
    if len(nodes) > TENSORS_MAX:
        raise RefusedError(f"it has {len(nodes)} {kind}s; at most {TENSORS_MAX} are served")
    return [_tensor(kind, node) for node in nodes]


def _tensor(kind: str, node: Any) -> dict[str, Any]:
    found = _TENSOR_TYPE.fullmatch(node.type)
    if found is None:
        sentence = f"{kind} {printable(node.name)} is a {printable(node.type)}, not a tensor"
        raise RefusedError(_with_remedy(sentence, node.type))
    if len(node.name) > TENSOR_NAME_MAX or len(node.shape) > RANK_MAX:
        raise RefusedError(f"{kind} {printable(node.name)} has a name or a shape that is too long")
    if not node.name.isprintable():
        raise RefusedError(f"{kind} {printable(node.name)} has a name with control characters")
    if found[1] not in DTYPES:
        raise RefusedError(
            f"{kind} {printable(node.name)} is a {printable(node.type)}, which no JSON number stands for"
        )
    shape = [dim if isinstance(dim, int) and dim >= 0 else -1 for dim in node.shape]
    return {"name": node.name, "dtype": found[1], "shape": shape}


def trial(session: ort.InferenceSession, inputs: list[dict[str, Any]]) -> None:
    """Runs the model once on zeros, with free dimensions 1, to find models that need too much memory or time.

    Other failures are ignored, since the model may not accept zeros.

    Raises:
        RefusedError: the model ran out of memory.
    """
    try:
        session.run(None, {t["name"]: _zeros(t["dtype"], t["shape"]) for t in inputs})
    except MemoryError:
        raise RefusedError(OUT_OF_MEMORY) from None
    except ORT_ERRORS as error:
        if is_memory(error):
            raise RefusedError(OUT_OF_MEMORY) from None


def _zeros(dtype: str, shape: list[int]) -> Any:
    sizes = [1 if dim < 0 else dim for dim in shape]
    return np.full(sizes, "", object) if dtype == "string" else np.zeros(sizes, DTYPES[dtype].numpy)


def _refused(prefix: str, error: Exception) -> RefusedError:
    return RefusedError(OUT_OF_MEMORY if is_memory(error) else _with_remedy(prefix + cleaned(error), str(error)))


def _with_remedy(reason: str, message: str) -> str:
    """The reason, and the line that mends it if the library's message belongs to a known fault."""
    remedy = conversion_faults.remedy(message[: TEXT_MAX * 4])
    return f"{reason.rstrip('.')}. {remedy}" if remedy else reason


@dataclass(frozen=True, slots=True)
class Model:
    """A valid model, as the object that the child prints."""

    found: dict[str, Any]

    def document(self) -> dict[str, Any]:
        return self.found


def read(file: Source) -> Model:
    """Reads and loads the whole file. Raises RefusedError."""
    if file.size > PROTOBUF_MAX:
        raise RefusedError("the file is longer than ONNX allows, 2 GiB")
    return Model(inspect(file.head(file.size)))


def inspect(data: bytes) -> dict[str, Any]:
    """The signature of the model in `data`, the summary of its graph, and details. Raises RefusedError."""
    parse(data)
    session = load(data)
    found = signature(session)
    trial(session, found["inputs"])
    del session  # frees its memory before the model is parsed again for the summary
    model = onnx.ModelProto.FromString(data)
    graph = graph_summary.summary(model)
    return {"format": "onnx", "details": _details(model, graph), "signature": found, "graph": graph}


def _details(model: onnx.ModelProto, graph: dict[str, Any]) -> dict[str, Any]:
    return fitted(
        {
            "producer": f"{model.producer_name} {model.producer_version}".strip(),
            "ir_version": model.ir_version,
            "operator_count": sum(operator["count"] for operator in graph["operators"]),
            "tensor_count": graph["tensor_count"],
            "opsets": graph["opsets"],
            "metadata": {each.key: each.value for each in model.metadata_props},
        }
    )
