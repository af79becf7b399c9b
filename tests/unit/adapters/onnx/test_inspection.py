"""The rules by which the child rejects a file, tested in this process."""

import pytest
from onnx import NodeProto, TensorProto, helper

from maas.adapters.formats.refusals import RefusedError
from maas.adapters.onnx import inspection
from tests.samples import hostile_onnx


def refusal(data: bytes) -> str:
    with pytest.raises(RefusedError) as caught:
        inspection.inspect(data)
    return str(caught.value)


def test_iris_has_the_signature_that_skl2onnx_gave_it() -> None:
    assert inspection.inspect(hostile_onnx.iris_model())["signature"] == {
        "inputs": [{"name": "X", "dtype": "float", "shape": [-1, 4]}],
        "outputs": [
            {"name": "label", "dtype": "int64", "shape": [-1]},
            {"name": "probabilities", "dtype": "float", "shape": [-1, 3]},
        ],
    }


@pytest.mark.parametrize("place", hostile_onnx.HIDING_PLACES)
def test_external_data_is_rejected_in_every_place(place: str) -> None:
    model = hostile_onnx.tiny()
    hostile_onnx.HIDING_PLACES[place](model)
    assert "lies in another file" in refusal(model.SerializeToString())


def test_a_truncated_file_is_rejected() -> None:
    assert "cut off" in refusal(hostile_onnx.iris_model()[:-100])


def test_an_unknown_field_is_rejected() -> None:
    unknown = b"\xf8\x07\x01"  # field 127, varint
    assert "newer ONNX" in refusal(hostile_onnx.tiny().SerializeToString() + unknown)


def test_an_empty_graph_is_rejected() -> None:
    assert "the graph is empty" in refusal(hostile_onnx.model().SerializeToString())


def test_an_operator_of_another_domain_is_rejected_by_name() -> None:
    node = helper.make_node("EPContext", ["x"], ["y"], domain="com.microsoft")
    assert "com.microsoft.EPContext" in refusal(hostile_onnx.model(node).SerializeToString())


def test_an_operator_of_another_domain_is_rejected_inside_a_function() -> None:
    model = hostile_onnx.tiny()
    model.functions.add(name="f", domain="ai.onnx").node.add(op_type="Run", domain="evil")
    assert "evil.Run" in refusal(model.SerializeToString())


@pytest.mark.parametrize("opset", [6, 10_000])
def test_an_unsupported_opset_is_rejected(opset: int) -> None:
    node = helper.make_node("Abs", ["x"], ["y"])
    assert "opset" in refusal(hostile_onnx.model(node, opset=opset).SerializeToString()).lower()


def test_an_unknown_operator_is_rejected() -> None:
    assert "Frobnicate" in refusal(hostile_onnx.model(helper.make_node("Frobnicate", ["x"], ["y"])).SerializeToString())


def test_a_runtime_error_names_no_source_file() -> None:
    model = hostile_onnx.tiny()
    model.ir_version = 14
    words = refusal(model.SerializeToString())
    assert "IR version" in words
    assert "onnxruntime" not in words


def test_zipmap_output_is_rejected_with_a_remedy() -> None:
    assert "options={'zipmap': False}" in refusal(hostile_onnx.iris_model(zipmap=True))


def test_too_many_inputs_are_rejected() -> None:
    model = hostile_onnx.tiny()
    model.graph.input.extend(hostile_onnx.value(f"x{i}", 1) for i in range(200))
    assert "201 inputs" in refusal(model.SerializeToString())


def test_a_name_too_long_to_store_is_rejected() -> None:
    model = hostile_onnx.tiny()
    model.graph.input.append(hostile_onnx.value("n" * 300, 1))
    assert "too long" in refusal(model.SerializeToString())


def test_names_too_long_in_total_are_rejected() -> None:
    model = hostile_onnx.tiny()
    model.graph.input.extend(hostile_onnx.value(f"{i:03}" + "\U0001f600" * 250, 1) for i in range(120))
    model.graph.output.extend(hostile_onnx.value(f"{i:03}" + "\U0001f600" * 250, 1) for i in range(120))
    assert "too long together" in refusal(model.SerializeToString())


def test_a_name_with_control_characters_is_rejected() -> None:
    model = hostile_onnx.tiny()
    model.graph.input.append(hostile_onnx.value("a\x1b[31mb", 1))
    assert "control characters" in refusal(model.SerializeToString())


def test_a_tensor_with_more_dimensions_than_numpy_is_rejected() -> None:
    model = hostile_onnx.tiny()
    model.graph.initializer.add(name="w", data_type=TensorProto.FLOAT, dims=[1] * 65, float_data=[0.0])
    assert "65 dimensions" in refusal(model.SerializeToString())


def one_node(node: NodeProto, given: int, taken: int) -> bytes:
    graph = helper.make_graph(
        [node], "graph", [hostile_onnx.value("x", "n", dtype=given)], [hostile_onnx.value("y", "n", dtype=taken)]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=10)
    return model.SerializeToString()


def test_a_string_model_passes_its_trial() -> None:
    data = one_node(helper.make_node("Identity", ["x"], ["y"]), TensorProto.STRING, TensorProto.STRING)
    assert inspection.inspect(data)["signature"]["inputs"] == [{"name": "x", "dtype": "string", "shape": [-1]}]


@pytest.mark.parametrize("dtype", [TensorProto.FLOAT8E4M3FN, TensorProto.BFLOAT16])
def test_an_output_type_without_a_json_number_is_rejected(dtype: int) -> None:
    data = one_node(helper.make_node("Cast", ["x"], ["y"], to=dtype), TensorProto.FLOAT, dtype)
    assert "which no JSON number stands for" in refusal(data)
