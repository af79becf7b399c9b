"""The rules for a parsed model: complete in its one file, and made of operators that are served."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from graphlib import CycleError, TopologicalSorter

import onnx
from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet

from maas.adapters.formats.refusals import RefusedError
from maas.adapters.onnx import locales, model_operators
from maas.adapters.onnx.printable import printable

# ONNX Runtime does not support older ones: https://onnxruntime.ai/docs/reference/compatibility.html
OPSET_MIN = 7
# The maximum of numpy. A summary has the shape of every tensor inside.
DIMENSIONS_MAX = 64

# The identity of a function, and what a node names to call it: domain, name, overload.
Identity = tuple[str, str, str]


def check(model: onnx.ModelProto) -> None:
    """Raises RefusedError unless the model uses operators that are served and is complete in this one file."""
    if not model.graph.node or not model.graph.output:
        raise RefusedError("the graph is empty: it has no node or no output")
    functions = {_identity(function, function.name) for function in model.functions}
    for message in _messages(model):
        _check_message(message)
        if isinstance(message, onnx.NodeProto):
            _check_node(message, functions)
    _check_recursion(model.functions)


def _identity(call: onnx.NodeProto | onnx.FunctionProto, name: str) -> Identity:
    domain = "" if call.domain == "ai.onnx" else call.domain  # two names of one domain
    return domain, name, call.overload


def _messages(root: Message) -> Iterator[Message]:
    """Yields `root` and every message in it, by the schema, so that no tensor can hide in an unexpected field.

    It reads only fields that hold messages, because reading a tensor's bytes would copy them.
    """
    todo = [root]
    while todo:
        message = todo.pop()
        yield message
        for field in message.DESCRIPTOR.fields:
            if field.message_type is None:
                continue
            if field.is_repeated:
                todo.extend(getattr(message, field.name))
            elif message.HasField(field.name):
                todo.append(getattr(message, field.name))


def _check_message(message: Message) -> None:
    if len(UnknownFieldSet(message)):
        raise RefusedError(
            f"its {message.DESCRIPTOR.name} has a field that ONNX {onnx.__version__} does not have: the file was made "
            "by a newer ONNX, or is damaged"
        )
    if isinstance(message, onnx.TensorProto) and (message.external_data or message.data_location):
        raise RefusedError(
            "a tensor's data lies in another file: save the model with its data inside, with "
            "torch.onnx.export(..., external_data=False) or onnx.save(onnx.load('model.onnx'), 'whole.onnx')"
        )
    if isinstance(message, onnx.TensorProto | onnx.SparseTensorProto) and len(message.dims) > DIMENSIONS_MAX:
        raise RefusedError(f"a tensor has {len(message.dims)} dimensions; at most {DIMENSIONS_MAX} are served")
    if isinstance(message, onnx.OperatorSetIdProto) and message.domain in {"", "ai.onnx"}:
        _check_opset(message.version)


def _check_opset(version: int) -> None:
    if version < OPSET_MIN:
        raise RefusedError(f"opset {version} is too old: export the model with opset {OPSET_MIN} or newer")


def _check_node(node: onnx.NodeProto, functions: AbstractSet[Identity]) -> None:
    if model_operators.is_runtimes_own(node.domain):
        served = model_operators.is_served(node.domain, node.op_type)
    else:
        served = _identity(node, node.op_type) in functions
    if not served:
        raise RefusedError(
            f"operator {printable(f'{node.domain}.{node.op_type}')} is not served: only those of ai.onnx and "
            f"ai.onnx.ml, {len(model_operators.CONTRIBUTED)} of com.microsoft, and functions that the file defines are"
        )
    if node.op_type == "StringNormalizer":
        _check_locale(node)


def _check_locale(node: onnx.NodeProto) -> None:
    for attribute in node.attribute:
        if attribute.name == "locale" and attribute.s not in locales.NAMES:
            name = printable(attribute.s.decode(errors="replace"))
            raise RefusedError(
                f"operator StringNormalizer names the locale {name!r}; only en_US and C are served. Leave the "
                "attribute out: en_US maps the letters of every language by Unicode's tables"
            )


def _check_recursion(functions: Iterable[onnx.FunctionProto]) -> None:
    """Raises RefusedError if a function calls itself, also through others. ONNX forbids it; inlining would not end."""
    calls: defaultdict[Identity, set[Identity]] = defaultdict(set)
    for function in functions:
        nodes = (message for message in _messages(function) if isinstance(message, onnx.NodeProto))
        calls[_identity(function, function.name)] |= {_identity(node, node.op_type) for node in nodes}
    try:
        TopologicalSorter(calls).prepare()
    except CycleError as error:
        domain, name, _ = error.args[1][0]
        function_name = printable(f"{domain}.{name}")
        raise RefusedError(f"function {function_name} calls itself, directly or through others") from None
