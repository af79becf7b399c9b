"""The Open Inference Protocol between the use case and the contract."""

import json
from collections.abc import Sequence
from typing import Any

from maas.contracts.open_inference import (
    DeclaredTensorAnswer,
    InferInput,
    InferRequest,
    ModelMetadataAnswer,
    Parameters,
)
from maas.domain.catalog.versions import Artifact, Tensor, Version
from maas.domain.errors import InvalidInput, Rule
from maas.domain.inference.datatypes import datatype_of
from maas.domain.inference.given_tensors import GivenTensor
from maas.domain.inference.outputs import Form, Output
from maas.domain.inference.protocol import PLATFORM, TIMEOUT_MAX, refuse_unsupported, timeout_seconds
from maas.domain.inference.results import CacheControl
from maas.domain.rollouts.sticky import RoutingKeys
from maas.platform.request_context import call_seconds
from maas.services.questions import Inferred, TensorQuestion


def tensor_question(
    model_id: str,
    version: str,
    body: InferRequest,
    binary: bytes,
    *,
    timeout: float | None,
    control: CacheControl,
    keys: RoutingKeys,
) -> TensorQuestion:
    """A question that ends within the caller's time, and before Lambda stops the function.

    Raises InvalidInput if a parameter breaks its rule, or the bytes behind the JSON are not those of the inputs.
    """
    refuse_unsupported("parameters", body.parameters)
    given = body.parameters.get("timeout")
    seconds = min(timeout or TIMEOUT_MAX, TIMEOUT_MAX if given is None else timeout_seconds(given))
    return TensorQuestion(
        model_id=model_id,
        version=version,
        keys=keys,
        timeout=call_seconds(seconds),
        inputs=_inputs(body.inputs, binary),
        outputs=_forms(body),
        form=_form("parameters", "binary_data_output", body.parameters, Form.FLAT),
        control=control,
    )


def _inputs(inputs: Sequence[InferInput], binary: bytes) -> list[GivenTensor]:
    found, start = [], 0
    for position, each in enumerate(inputs):
        field = f"inputs[{position}]"
        refuse_unsupported(f"{field}.parameters", each.parameters)
        size = each.parameters.get("binary_data_size")
        if (size is None) == (each.data is None):
            rule = Rule.REQUIRED if size is None else Rule.EXCLUSIVE
            raise InvalidInput.of(f"{field}.data", rule, "send either data or the parameter binary_data_size")
        data: Sequence[Any] | bytes = each.data or []
        if size is not None:
            if type(size) is not int or not 0 <= size <= len(binary) - start:
                message = f"must be a number of the {len(binary)} bytes behind the JSON"
                raise InvalidInput.of(f"{field}.parameters.binary_data_size", Rule.SIZE, message)
            data = binary[start : start + size]
            start += size
        found.append(GivenTensor(each.name, each.datatype, each.shape, data))
    if start != len(binary):
        message = f"has {len(binary)} bytes behind its JSON, and the inputs have {start}"
        raise InvalidInput.of("body", Rule.SIZE, message)
    return found


def _forms(body: InferRequest) -> dict[str, Form] | None:
    """The form of each requested output. Raises InvalidInput for one that is named twice."""
    if not body.outputs:
        return None
    default = _form("parameters", "binary_data_output", body.parameters, Form.FLAT)
    found: dict[str, Form] = {}
    for position, each in enumerate(body.outputs):
        field = f"outputs[{position}]"
        if each.name in found:
            raise InvalidInput.of(f"{field}.name", Rule.REPEATED, "must be named once")
        refuse_unsupported(f"{field}.parameters", each.parameters)
        found[each.name] = _form(f"{field}.parameters", "binary_data", each.parameters, default)
    return found


def _form(field: str, name: str, parameters: Parameters, default: Form) -> Form:
    given = parameters.get(name)
    if given is None:
        return default
    if type(given) is not bool:
        raise InvalidInput.of(f"{field}.{name}", Rule.TYPE, "must be true or false")
    return Form.RAW if given else Form.FLAT


def inferred_body(found: Inferred, name: str, request_id: str | None) -> tuple[bytes, bytes]:
    """The JSON of an InferAnswer, and the bytes behind it. The data of outputs is JSON already and only inserted."""
    head: dict[str, Any] = {"model_name": name, "model_version": found.version.version}
    if request_id is not None:
        head["id"] = request_id
    head["parameters"] = found.parameters
    outputs = [(each.name, each.form, found.outputs[each.name]) for each in found.wanted]
    described = b",".join(_output(*each) for each in outputs)
    raw = b"".join(output.content for _, form, output in outputs if form is Form.RAW)
    return _json(head)[:-1] + b',"outputs":[' + described + b"]}", raw


def _output(name: str, form: Form, output: Output) -> bytes:
    head: dict[str, Any] = {"name": name, "datatype": datatype_of(output.dtype), "shape": output.shape}
    if form is Form.RAW:
        return _json({**head, "parameters": {"binary_data_size": len(output.content)}})
    return _json(head)[:-1] + b',"data":' + output.content + b"}"


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


def model_metadata(name: str, version: Version, artifact: Artifact) -> ModelMetadataAnswer:
    return ModelMetadataAnswer(
        name=name,
        versions=[version.version],
        platform=PLATFORM,
        inputs=[*map(_tensor, artifact.signature.inputs)],
        outputs=[*map(_tensor, artifact.signature.outputs)],
    )


def _tensor(tensor: Tensor) -> DeclaredTensorAnswer:
    return DeclaredTensorAnswer(name=tensor.name, datatype=datatype_of(tensor.dtype), shape=[*tensor.shape])
