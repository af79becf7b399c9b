"""Messages of inference.GRPCInferenceService (proto/inference/open_inference.proto)."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from maas.domain.catalog.versions import Artifact, Tensor, Version
from maas.domain.errors import InvalidInput, Rule
from maas.domain.inference.datatypes import datatype_of
from maas.domain.inference.given_tensors import GivenTensor, check_texts
from maas.domain.inference.outputs import Output, Wanted
from maas.domain.inference.protocol import (
    EXTENSIONS,
    ID_MAX,
    NAME,
    PLATFORM,
    VERSION,
    refuse_unsupported,
    timeout_seconds,
)
from maas.domain.non_finite import NonFinite
from maas.domain.rollouts.sticky import ROUTING_KEY, RoutingKeys, check_key
from maas.domain.tensor_rules import TENSORS_MAX
from maas.rpc.inference import open_inference_pb2 as pb

# The field of InferTensorContents by datatype. FP16 has none.
_CONTENTS: Mapping[str, str] = {
    "BOOL": "bool_contents",
    **dict.fromkeys(("INT8", "INT16", "INT32"), "int_contents"),
    "INT64": "int64_contents",
    **dict.fromkeys(("UINT8", "UINT16", "UINT32"), "uint_contents"),
    "UINT64": "uint64_contents",
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
    "BYTES": "bytes_contents",
}
_FLOATS = ("fp32_contents", "fp64_contents")


def given_tensors(request: pb.ModelInferRequest) -> list[GivenTensor]:
    """The inputs of a request. Raises InvalidInput if there are too many, or they are given in no way, or in two."""
    _check_count("inputs", request.inputs)
    raw = request.raw_input_contents
    if raw and len(raw) != len(request.inputs):
        message = f"expected the bytes of {len(request.inputs)} inputs, got {len(raw)}"
        raise InvalidInput.of("raw_input_contents", Rule.SIZE, message)
    return [
        GivenTensor(each.name, each.datatype, each.shape, _data(f"inputs[{position}]", each, raw, position))
        for position, each in enumerate(request.inputs)
    ]


def _data(field: str, tensor: Any, raw: Sequence[bytes], position: int) -> Sequence[Any] | bytes:
    refuse_unsupported(f"{field}.parameters", tensor.parameters)
    set_fields = [name.name for name, _ in tensor.contents.ListFields()]
    if raw:
        if set_fields:
            message = "must be absent beside raw_input_contents"
            raise InvalidInput.of(f"{field}.contents", Rule.EXCLUSIVE, message)
        return bytes(raw[position])
    wanted = _CONTENTS.get(tensor.datatype)
    if wanted is None:
        message = f"{tensor.datatype[:16]} has no contents; send raw_input_contents"
        raise InvalidInput.of(f"{field}.datatype", Rule.DTYPE, message)
    if other := [name for name in set_fields if name != wanted]:
        raise InvalidInput.of(f"{field}.contents.{other[0]}", Rule.DTYPE, f"{tensor.datatype} is in {wanted}")
    elements = getattr(tensor.contents, wanted)
    if wanted == "bytes_contents":
        return _texts(f"{field}.data", elements)
    return _floats(elements) if wanted in _FLOATS else list(elements)


def _floats(elements: Sequence[float]) -> list[float]:
    """The elements, of which NaN and infinities are meant so."""
    return [each if isfinite(each) else NonFinite(each) for each in elements]


def _texts(field: str, elements: Sequence[bytes]) -> list[str]:
    check_texts(field, elements)
    return [element.decode() for element in elements]


def output_names(request: pb.ModelInferRequest) -> list[str] | None:
    """The names of the requested outputs; None for all. Raises InvalidInput for too many, and for one named twice."""
    _check_count("outputs", request.outputs)
    names: dict[str, None] = {}
    for position, each in enumerate(request.outputs):
        refuse_unsupported(f"outputs[{position}].parameters", each.parameters)
        if each.name in names:
            raise InvalidInput.of(f"outputs[{position}].name", Rule.REPEATED, "must be named once")
        names[each.name] = None
    return [*names] or None


def _check_count(field: str, tensors: Sequence[Any]) -> None:
    """Raises InvalidInput for more tensors than a model can have: all callers of the process wait for this thread."""
    if len(tensors) > TENSORS_MAX:
        raise InvalidInput.of(field, Rule.MAX_ITEMS, f"must have at most {TENSORS_MAX} item(s)")


def check_request(request: pb.ModelInferRequest) -> None:
    """Raises InvalidInput (id, parameters) for a long id, and for parameters that `refuse_unsupported` refuses."""
    if len(request.id) > ID_MAX:
        raise InvalidInput.of("id", Rule.MAX_LENGTH, f"must have at most {ID_MAX} character(s)")
    refuse_unsupported("parameters", request.parameters)


def routing_keys(request: pb.ModelInferRequest, metadata: Mapping[str, str]) -> RoutingKeys:
    """What a rollout routes the call by: the metadata, and string parameters as the query fields of HTTP.

    Raises InvalidInput (parameters.routing_key).
    """
    given, field = request.parameters, f"parameters.{ROUTING_KEY}"
    found = {name: str(each.string_param) for name, each in given.items() if each.HasField("string_param")}
    if ROUTING_KEY in given and ROUTING_KEY not in found:
        raise InvalidInput.of(field, Rule.TYPE, "must be a string")
    check_key(field, found.get(ROUTING_KEY, ""))
    # Other parameters are ignored, because clients send those of other servers.
    return RoutingKeys(metadata, found, ignores_others=True)


def timeout_parameter(request: pb.ModelInferRequest) -> float | None:
    """Seconds of the parameter `timeout`; None without it. Raises InvalidInput (parameters.timeout)."""
    if "timeout" not in request.parameters:
        return None
    given = request.parameters["timeout"]
    kind = given.WhichOneof("parameter_choice")
    return timeout_seconds(getattr(given, kind) if kind else None)


def infer_response(
    request: pb.ModelInferRequest,
    version: Version,
    wanted: Sequence[Wanted],
    outputs: Mapping[str, Output],
    parameters: Mapping[str, str],
) -> pb.ModelInferResponse:
    """The response with outputs in the form RAW."""
    return pb.ModelInferResponse(
        model_name=request.model_name,
        model_version=version.version,
        id=request.id,
        parameters={name: pb.InferParameter(string_param=value) for name, value in parameters.items()},
        outputs=[_output(each.name, outputs[each.name]) for each in wanted],
        raw_output_contents=[outputs[each.name].content for each in wanted],
    )


def _output(name: str, output: Output) -> pb.ModelInferResponse.InferOutputTensor:
    return pb.ModelInferResponse.InferOutputTensor(name=name, datatype=datatype_of(output.dtype), shape=output.shape)


def metadata_response(name: str, version: Version, artifact: Artifact) -> pb.ModelMetadataResponse:
    return pb.ModelMetadataResponse(
        name=name,
        versions=[version.version],
        platform=PLATFORM,
        inputs=[*map(_tensor, artifact.signature.inputs)],
        outputs=[*map(_tensor, artifact.signature.outputs)],
    )


def _tensor(tensor: Tensor) -> pb.ModelMetadataResponse.TensorMetadata:
    return pb.ModelMetadataResponse.TensorMetadata(
        name=tensor.name, datatype=datatype_of(tensor.dtype), shape=tensor.shape
    )


def server_response() -> pb.ServerMetadataResponse:
    return pb.ServerMetadataResponse(name=NAME, version=VERSION, extensions=EXTENSIONS)
