"""Each cause for which a file is not ONNX has its own reason."""

import base64
import gzip
import io
import lzma
import pickle
import zipfile
import zlib

import numpy as np
import onnx
import pytest

from maas.adapters.formats.refusals import RefusedError
from maas.adapters.onnx import model_bytes, text_damage
from tests.samples import hostile_onnx


def reason(data: bytes) -> str:
    with pytest.raises(RefusedError) as caught:
        model_bytes.decoded(data)
    return str(caught.value)


def zipped(name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, b"content")
    return file.getvalue()


def array() -> bytes:
    file = io.BytesIO()
    np.save(file, np.zeros(3))
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (pickle.dumps([1], protocol=2), "skl2onnx.to_onnx("),
        (zlib.compress(pickle.dumps([1])), "joblib"),
        (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", "torch.onnx.export("),
        (zipped("archive/data.pkl"), "torch.onnx.export("),
        (zipped("metadata.json"), "Keras"),
        (zipped("arr_0.npy"), "NumPy"),
        (zipped("model.onnx"), "unpack it"),
        (zipped("README"), "a zip archive"),
        (b"{L\x00\x00\x00\x00\x00\x00\x00\x07learner", "convert_xgboost("),
        (b"tree\nversion=v4\n", "convert_lightgbm("),
        (b"CBM1", "CatBoost"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (gzip.compress(b"x"), "gzip"),
        (lzma.compress(b"x"), "xz"),
        (array(), "NumPy"),
        (b"\x1c\x00\x00\x00TFL3", "TensorFlow Lite"),
        (b"\x1c\x00\x00\x00ORTM", "ONNX Runtime's own format"),
        (b"GGUF\x03", "GGUF"),
        (b"<!DOCTYPE html>", "HTML"),
        (b"result,label\n5.1,3.5\n" * 50, "the file is not ONNX"),
        (onnx.ModelProto(ir_version=8, producer_name="p").SerializeToString(), "no graph or no IR version"),
    ],
)
def test_another_format_is_named_with_its_conversion(data: bytes, words: str) -> None:
    assert words in reason(data)


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
        (b"\xff\xfe" + IRIS.decode("latin-1").encode("utf-16-le"), "the file is text in UTF-16, as PowerShell's >"),
        (b"\xfe\xff" + IRIS.decode("latin-1").encode("utf-16-be"), "the file is text in UTF-16;"),
        (IRIS.decode("latin-1").encode("utf-8-sig"), "the file is text in UTF-8 with a byte order mark"),
        (base64.b64encode(IRIS), "the file is an ONNX file as base64 text: decode it"),
        (base64.encodebytes(IRIS), "the file is an ONNX file as base64 text: decode it"),
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
    assert reason(data) == "the file is not ONNX"


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
    for magic in model_bytes._FORMATS:
        assert magic[0] not in begin - {0x42} or magic.startswith(b"BZh")
    assert model_bytes.decoded(hostile_onnx.tiny().SerializeToString()) == hostile_onnx.tiny()
