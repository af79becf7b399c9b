"""Each cause for which a file is not ONNX has its own reason."""

import numpy as np
import onnx
import pytest

from maas.adapters.formats import foreign
from maas.adapters.formats.refusals import RefusedError
from maas.adapters.onnx import model_bytes, text_damage
from tests.samples import hostile_onnx


def reason(data: bytes) -> str:
    with pytest.raises(RefusedError) as caught:
        model_bytes.decoded(data)
    return str(caught.value)


def test_a_model_without_a_graph_is_refused() -> None:
    data = onnx.ModelProto(ir_version=8, producer_name="p").SerializeToString()
    assert "no graph or no IR version" in reason(data)


@pytest.mark.parametrize("left", [1, 100, 3_000])
def test_a_file_that_is_cut_off_says_how_much_is_missing(left: int) -> None:
    model = hostile_onnx.iris_model()
    model = model[: model.index(b"B\x0e\n\nai.onnx.ml")]  # without the fields after the graph
    assert reason(model[:-left]) == f"the file is cut off, or damaged: its graph needs {left} more bytes"


IRIS = hostile_onnx.iris_model()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (IRIS.decode("utf-8", errors="replace").encode(), text_damage.ENCODED),
        (IRIS.decode("latin-1").encode(), text_damage.RECODED),
        (IRIS.decode("cp437").encode(), text_damage.RECODED),
        (IRIS.decode("latin-1").encode()[:-1], text_damage.RECODED),
        (IRIS.replace(b"\n", b"\r\n"), text_damage.LINE_ENDS),
        (hostile_onnx.tiny().SerializeToString().replace(b"\n", b"\r\n"), text_damage.LINE_ENDS),
    ],
)
def test_a_file_treated_as_text_is_refused_with_what_was_done(data: bytes, expected: str) -> None:
    assert reason(data).startswith(expected)


def test_line_ends_that_lost_their_carriage_returns_are_recognized_in_large_files() -> None:
    weights = np.random.default_rng(1).bytes(4_000_000)
    assert weights.count(b"\r\n") > 30

    assert reason(_with_weights(weights).replace(b"\r\n", b"\n")) == text_damage.LINE_ENDS
    assert "cut off" in reason(_with_weights(weights)[:-100])


def _with_weights(weights: bytes) -> bytes:
    model = hostile_onnx.tiny()
    del model.opset_import[:]
    model.graph.initializer.add(name="w", data_type=onnx.TensorProto.UINT8, dims=[len(weights)], raw_data=weights)
    return model.SerializeToString()


@pytest.mark.parametrize("data", [b"CAR,PRICE\r\n" * 50, b"a,b\r\n" * 50, "é,ü\n".encode() * 50, b"CAgS!"])
def test_other_texts_are_not_taken_for_damaged_models(data: bytes) -> None:
    assert reason(data).startswith("the file is not ONNX")


def test_a_file_with_a_changed_byte_inside_is_damaged() -> None:
    model = bytearray(hostile_onnx.tiny().SerializeToString())
    position = model.index(b"\x0a\x01x\x12\x01y")  # the node's first input
    model[position + 1] = 100
    assert reason(bytes(model)) == "the file is damaged: it begins as ONNX, but its parts can't be read"


def test_very_deep_graphs_are_refused_as_such() -> None:
    model = hostile_onnx.tiny()
    graph = model.graph
    for _ in range(60):
        attribute = graph.node.add(op_type="If").attribute.add(name="then_branch", type=onnx.AttributeProto.GRAPH)
        graph = attribute.g
        graph.name = "branch"
    assert "nested too deeply" in reason(model.SerializeToString())


def test_no_other_format_can_begin_an_onnx_file() -> None:
    begin = {field.number << 3 | 2 for field in onnx.ModelProto.DESCRIPTOR.fields if field.message_type}
    for magic in foreign._FORMATS:
        assert magic[0] not in begin - {0x42} or magic.startswith(b"BZh")
    assert model_bytes.decoded(hostile_onnx.tiny().SerializeToString()) == hostile_onnx.tiny()
