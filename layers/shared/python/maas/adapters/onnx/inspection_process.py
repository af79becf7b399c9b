"""The program that opens an untrusted file. inspector.py starts it and reads its output.

Standard input is the file. The program writes a line break to standard output as soon as it has started. Any later
failure is caused by the file. The rest of the output is JSON: {"signature": ..., "graph": ...} or {"reason": ...}.
The reason is a sentence for the model's owner.

Of maas the program imports modules of this package, model_memory.py and tensor_rules.py.
Nothing else of ours is loaded beside a hostile file.
See docs/decisions/0006-what-a-validator-trusts.md.
"""

import json
import os
import re
import resource
import sys
from typing import Any

import numpy as np
import onnx
import onnx.checker
import onnxruntime as ort

from maas.adapters.onnx import conversion_faults, graph_summary, locales, model_bytes, model_rules
from maas.adapters.onnx.ort_errors import ORT_ERRORS, TEXT_MAX, cleaned, is_memory, printable
from maas.adapters.onnx.refusals import OUT_OF_MEMORY, RefusedError
from maas.domain.model_memory import MIB, PROTOBUF_MAX
from maas.domain.tensor_rules import DTYPES, RANK_MAX, TENSOR_NAME_MAX, TENSORS_MAX

# Low enough for the registry to keep a signature in one record.
SIGNATURE_BYTES_MAX = 128 * 1024
# The maximum output of this program: a signature and both lists of a graph fit.
OUTPUT_MAX = 4 * graph_summary.BYTES_MAX

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
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.enable_cpu_mem_arena = False  # as inference does
    try:
        onnx.checker.check_model(data)
    except _CHECKER_ERRORS as error:
        raise _refused("it is not valid ONNX: ", error) from None
    try:
        return ort.InferenceSession(data, options, providers=["CPUExecutionProvider"])
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


def answer(served: int) -> dict[str, Any]:
    """Inspects the file on standard input and returns the object to print.

    Inference loads the file from its path, so it takes the bytes that this process takes, less those of the file.
    """
    try:
        if os.fstat(sys.stdin.fileno()).st_size > PROTOBUF_MAX:
            raise RefusedError("the file is longer than ONNX allows, 2 GiB")
        data = sys.stdin.buffer.read()
        found = inspect(data)
        return found if _peak() - len(data) <= served else {"reason": _out_of_memory(served)}
    except RefusedError as error:
        return {"reason": _out_of_memory(served) if str(error) == OUT_OF_MEMORY else str(error)}
    except MemoryError:
        return {"reason": _out_of_memory(served)}


def _out_of_memory(served: int) -> str:
    return f"{OUT_OF_MEMORY}: {served // MIB} MiB"


def _peak() -> int:
    """The most bytes of memory that this process has had. It can't open /proc."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def inspect(data: bytes) -> dict[str, Any]:
    """The signature of the model in `data`, and the summary of its graph. Raises RefusedError."""
    parse(data)
    session = load(data)
    found = signature(session)
    trial(session, found["inputs"])
    del session  # frees its memory before the model is parsed again for the summary
    return {"signature": found, "graph": graph_summary.summary(onnx.ModelProto.FromString(data))}


def _limit(kind: int, value: int, hard: int | None = None) -> None:
    resource.setrlimit(kind, (value, value if hard is None else hard))


def main(memory: int, served: int, seconds: int) -> None:
    """Runs with the limits of inspection_limits.py: two in bytes, and seconds of processor time."""
    _limit(resource.RLIMIT_AS, memory)
    # At the soft limit Linux sends SIGXCPU, by which the parent recognises the cause; at the hard limit SIGKILL.
    _limit(resource.RLIMIT_CPU, seconds, seconds + 1)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, OUTPUT_MAX)
    locales.provide()
    # From here on no file, socket or process can be opened, even if the file manages to run code.
    _limit(resource.RLIMIT_NOFILE, 0)
    _limit(resource.RLIMIT_NPROC, 0)
    print(flush=True)
    print(json.dumps(answer(served)))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
