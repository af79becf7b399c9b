"""Tensors of inference.GRPCInferenceService become those of the domain, or a clear error."""

import math
from typing import Any

import pytest

from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.errors import InvalidInput
from maas.domain.inference.datatypes import datatype_of
from maas.domain.inference.given_tensors import bound
from maas.domain.inference.packing import packed
from maas.rpc.inference import open_inference_pb2 as pb
from maas.wire.open_inference import check_request, given_tensors, output_names, timeout_parameter


def tensor(datatype: str = "FP32", **contents: Any) -> pb.ModelInferRequest.InferInputTensor:
    found = pb.InferTensorContents(**contents)
    return pb.ModelInferRequest.InferInputTensor(name="x", datatype=datatype, shape=[1], contents=found)


@pytest.mark.parametrize(
    ("datatype", "field", "values"),
    [
        ("BOOL", "bool_contents", [True]),
        ("INT8", "int_contents", [-128]),
        ("INT64", "int64_contents", [-(2**63)]),
        ("UINT16", "uint_contents", [65535]),
        ("UINT64", "uint64_contents", [2**64 - 1]),
        ("FP32", "fp32_contents", [0.5]),
        ("FP64", "fp64_contents", [0.1]),
    ],
)
def test_each_datatype_has_its_field(datatype: str, field: str, values: list[Any]) -> None:
    [found] = given_tensors(pb.ModelInferRequest(inputs=[tensor(datatype, **{field: values})]))

    assert (found.datatype, found.data) == (datatype, values)


def test_strings_are_text() -> None:
    [found] = given_tensors(pb.ModelInferRequest(inputs=[tensor("BYTES", bytes_contents=["grün".encode()])]))

    assert found.data == ["grün"]


@pytest.mark.parametrize(
    ("request_", "field", "rule"),
    [
        (pb.ModelInferRequest(inputs=[tensor()], raw_input_contents=[b"", b""]), "raw_input_contents", "size"),
        (
            pb.ModelInferRequest(inputs=[tensor(fp32_contents=[1])], raw_input_contents=[b"\0\0\0\0"]),
            "inputs[0].contents",
            "exclusive",
        ),
        (pb.ModelInferRequest(inputs=[tensor("FP16", fp32_contents=[1])]), "inputs[0].datatype", "dtype"),
        (pb.ModelInferRequest(inputs=[tensor("X" * 99)]), "inputs[0].datatype", "dtype"),
        (pb.ModelInferRequest(inputs=[tensor(int_contents=[1])]), "inputs[0].contents.int_contents", "dtype"),
        (pb.ModelInferRequest(inputs=[tensor("BYTES", bytes_contents=[b"\xff"])]), "inputs[0].data", "unicode"),
        (pb.ModelInferRequest(inputs=[tensor(fp32_contents=[1])] * 129), "inputs", "max_items"),
    ],
)
def test_inputs_that_are_given_wrongly_are_refused(request_: pb.ModelInferRequest, field: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        given_tensors(request_)

    [wrong] = caught.value.fields
    assert (wrong.field, wrong.rule) == (field, rule)


def _parameter(name: str, **value: Any) -> pb.ModelInferRequest:
    return pb.ModelInferRequest(parameters={name: pb.InferParameter(**value)})


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ({"int64_param": 0}, "range"),
        ({"int64_param": -1}, "range"),
        ({"int64_param": 29_000_001}, "range"),
        ({"uint64_param": 2**64 - 1}, "range"),
        ({"string_param": "1"}, "type"),
        ({"double_param": 1000.0}, "type"),
        ({"bool_param": True}, "type"),
        ({}, "type"),
    ],
)
def test_a_wrong_timeout_is_refused(value: dict[str, Any], rule: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        timeout_parameter(_parameter("timeout", **value))

    assert [(each.field, each.rule) for each in caught.value.fields] == [("parameters.timeout", rule)]


def test_a_timeout_is_in_microseconds() -> None:
    assert timeout_parameter(_parameter("timeout", int64_param=2_500_000)) == 2.5
    assert timeout_parameter(_parameter("timeout", uint64_param=29_000_000)) == 29
    assert timeout_parameter(pb.ModelInferRequest()) is None


@pytest.mark.parametrize("name", ["classification", "sequence_id", "sequence_start", "sequence_end"])
def test_an_extension_that_the_server_lacks_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match=rf"parameters\.{name}: this server does not have this extension"):
        check_request(_parameter(name, int64_param=3))


def test_an_id_and_parameters_have_the_bounds_of_http() -> None:
    many = {str(number): pb.InferParameter(int64_param=1) for number in range(65)}
    few = {name: many[name] for name in [*many][:64]}
    check_request(pb.ModelInferRequest(id="ü" * 256, parameters=few))
    with pytest.raises(InvalidInput, match=r"id: must have at most 256"):
        check_request(pb.ModelInferRequest(id="a" * 257))
    with pytest.raises(InvalidInput, match=r"parameters: must have at most 64"):
        check_request(pb.ModelInferRequest(parameters=many))
    given = tensor(fp32_contents=[1])
    given.parameters["0"].int64_param = 1
    given_tensors(pb.ModelInferRequest(inputs=[given]))
    for name, value in many.items():
        given.parameters[name].CopyFrom(value)
    with pytest.raises(InvalidInput, match=r"inputs\[0\]\.parameters: must have at most 64"):
        given_tensors(pb.ModelInferRequest(inputs=[given]))


@pytest.mark.parametrize(
    "strings", [[b"\xc3", b"\xbc"], [b"\xff"], [b"a", b"\xed\xa0\x80"], [b"\xf0\x9f", b"\x8e\x89"]]
)
def test_characters_do_not_go_on_in_the_next_string(strings: list[bytes]) -> None:
    given = tensor("BYTES", bytes_contents=strings)
    with pytest.raises(InvalidInput, match=r"inputs\[0\]\.data: strings must be UTF-8"):
        given_tensors(pb.ModelInferRequest(inputs=[given]))


def test_an_output_is_named_once() -> None:
    output = pb.ModelInferRequest.InferRequestedOutputTensor(name="y")
    assert output_names(pb.ModelInferRequest(outputs=[output])) == ["y"]
    assert output_names(pb.ModelInferRequest()) is None
    with pytest.raises(InvalidInput, match=r"outputs\[1\]\.name"):
        output_names(pb.ModelInferRequest(outputs=[output, output]))


def test_more_outputs_than_a_model_has_are_refused() -> None:
    outputs = [pb.ModelInferRequest.InferRequestedOutputTensor(name=str(number)) for number in range(129)]

    assert output_names(pb.ModelInferRequest(outputs=outputs[:128])) == [str(number) for number in range(128)]
    with pytest.raises(InvalidInput) as caught:
        output_names(pb.ModelInferRequest(outputs=outputs))
    assert [(each.field, each.rule) for each in caught.value.fields] == [("outputs", "max_items")]


@pytest.mark.parametrize("dtype", ["float", "double"])
def test_infinities_and_nan_are_what_the_model_gets(dtype: str) -> None:
    values = [math.inf, -math.inf, math.nan]
    contents = {"float": "fp32_contents", "double": "fp64_contents"}[dtype]
    given = tensor(datatype_of(dtype), **{contents: values})
    given.shape[:] = [3]

    assert _bound(dtype, given) == packed(dtype, values)


@pytest.mark.parametrize(
    ("dtype", "contents", "number"),
    [
        ("int8", "int_contents", 128),
        ("int16", "int_contents", -32769),
        ("uint8", "uint_contents", 300),
        ("uint16", "uint_contents", 2**16),
    ],
)
def test_a_number_that_the_type_cannot_hold_is_refused(dtype: str, contents: str, number: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        _bound(dtype, tensor(datatype_of(dtype), **{contents: [number]}))

    assert [(each.field, each.rule) for each in caught.value.fields] == [("inputs[0].data[0]", "range")]


def _bound(dtype: str, given: pb.ModelInferRequest.InferInputTensor) -> bytes:
    signature = Signature((Tensor("x", dtype, (-1,)),), ())
    return bound(signature, given_tensors(pb.ModelInferRequest(inputs=[given]))).values[0].data
