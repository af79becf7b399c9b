"""Faults that conversions are known for: the reason says how to mend each, and that works."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from skl2onnx import to_onnx
from sklearn.datasets import load_iris
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from maas.adapters.formats.refusals import RefusedError
from maas.adapters.onnx import conversion_faults, inspection
from maas.adapters.onnx.conversion_faults import FAULTS
from tests.samples import hostile_onnx

X, Y = load_iris(return_X_y=True)


def pipeline(model: Any, sample: Any, **options: Any) -> bytes:
    fitted = make_pipeline(StandardScaler(), model).fit(X, Y)
    return bytes(to_onnx(fitted, sample, **options).SerializeToString())


def one(node: onnx.NodeProto, *, opset: int = 17, ir_version: int = 8, dtype: int = TensorProto.FLOAT) -> bytes:
    graph = helper.make_graph(
        [node], "graph", [hostile_onnx.value("x", 2, 2, dtype=dtype)], [hostile_onnx.value("y", 2, 2, dtype=dtype)]
    )
    opsets = [helper.make_opsetid("", opset)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=ir_version).SerializeToString()


ABS = helper.make_node("Abs", ["x"], ["y"])
CASES: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "float64 and zipmap": (lambda: pipeline(LogisticRegression(), X[:1]), "options={'zipmap': False}"),
    "zipmap": (lambda: hostile_onnx.iris_model(zipmap=True), "options={'zipmap': False}"),
    "float64": (
        lambda: pipeline(GradientBoostingClassifier(n_estimators=2), X[:1], options={"zipmap": False}),
        "X[:1].astype(numpy.float32)",
    ),
    "bfloat16": (
        lambda: one(helper.make_node("MatMul", ["x", "x"], ["y"]), dtype=TensorProto.BFLOAT16),
        "has no MatMul (opset 13) for these element types",
    ),
    "newest opset": (lambda: one(ABS, opset=99), "Opset 99 of ai.onnx is too new: this server runs opset 26 at most"),
    "newest IR": (lambda: one(ABS, ir_version=99), "set model.ir_version = 10"),
    "newer IR": (lambda: one(ABS, ir_version=14), "set model.ir_version = 10"),
    "operator of a later opset": (lambda: one(helper.make_node("Gelu", ["x"], ["y"])), "Opset 17 has no operator Gelu"),
    "attribute of another opset": (
        lambda: one(helper.make_node("ReduceSum", ["x"], ["y"], axes=[0])),
        "let the converter choose the opset",
    ),
    "undeclared domain": (
        lambda: one(helper.make_node("Gelu", ["x"], ["y"], domain="com.microsoft")),
        "onnx.helper.make_opsetid('com.microsoft', 1)",
    ),
}


def refusal(data: bytes) -> str:
    with pytest.raises(RefusedError) as caught:
        inspection.inspect(data)
    return str(caught.value)


@pytest.mark.parametrize("case", CASES)
def test_a_known_fault_has_the_line_that_mends_it(case: str) -> None:
    make, words = CASES[case]
    assert words in refusal(make())


def test_every_known_fault_is_tried() -> None:
    raised = [refusal(make()) for make, _ in CASES.values()]
    raised.append("Failed to construct locale. " + conversion_faults.remedy("Failed to construct locale with name:x"))
    for sentence in FAULTS.values():
        assert any(re.split(r"\{\d\}", sentence)[0] in reason for reason in raised), sentence


@pytest.mark.parametrize("model", [LogisticRegression(), GradientBoostingClassifier(n_estimators=2)])
def test_the_line_for_scikit_learn_mends_the_model(model: Any) -> None:
    file = pipeline(model, X[:1].astype(np.float32), options={"zipmap": False})
    found = inspection.inspect(file)["signature"]
    assert found["inputs"] == [{"name": "X", "dtype": "float", "shape": [-1, 4]}]


def test_the_line_for_a_newer_onnx_mends_the_model() -> None:
    model = onnx.load_model_from_string(one(ABS, ir_version=14))
    model.ir_version = 10
    assert inspection.inspect(model.SerializeToString())


def test_the_line_for_external_data_mends_the_model(tmp_path: Any) -> None:
    model = hostile_onnx.model(helper.make_node("Add", ["x", "w"], ["y"]))
    weight = np.ones(1, np.float32)
    model.graph.initializer.append(onnx.numpy_helper.from_array(weight, "w"))
    onnx.save(model, str(tmp_path / "model.onnx"), save_as_external_data=True, size_threshold=0)
    assert "onnx.save(onnx.load('model.onnx'), 'whole.onnx')" in refusal((tmp_path / "model.onnx").read_bytes())

    onnx.save(onnx.load(str(tmp_path / "model.onnx")), str(tmp_path / "whole.onnx"))

    assert inspection.inspect((tmp_path / "whole.onnx").read_bytes())


@pytest.mark.parametrize("case", CASES)
def test_no_reason_names_a_source_file(case: str) -> None:
    reason = refusal(CASES[case][0]())
    assert not re.search(r"\.(?:cc|h|cpp|py)\b|onnxruntime_src|::|ONNXRuntimeError", reason), reason
    assert len(reason) < 1_200
