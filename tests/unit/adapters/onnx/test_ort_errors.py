"""Messages of ONNX Runtime, onnx and protobuf as the owner of a model may see them."""

import numpy as np
import onnx.checker
import onnxruntime as ort
import pytest

from maas.adapters.onnx.ort_errors import ORT_ERRORS, cleaned
from maas.adapters.onnx.printable import TEXT_MAX
from tests.samples import hostile_onnx

CODE = "[ONNXRuntimeError] : 1 : FAIL : "
SOURCE = "/onnxruntime_src/onnxruntime/core/"
NODE = "Non-zero status code returned while running {} node. Name:'{}' Status Message: "


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (
            CODE + f"Exception during initialization: {SOURCE}providers/cpu/text/string_normalizer.cc:235 "
            "onnxruntime::StringNormalizer::Locale::Locale(const std::string&)::<lambda()> Failed to construct locale "
            "with name:de_DE:locale name not valid:Please, install necessary language-pack-XX and configure locales\n",
            "Failed to construct locale with name:de_DE:locale name not valid",
        ),
        (
            CODE + NODE.format("Add", "") + f"{SOURCE}providers/cpu/math/element_wise_ops.h:563 void "
            "onnxruntime::BroadcastIterator::Init(ptrdiff_t, ptrdiff_t) axis == 1 || axis == largest was false. "
            "Attempting to broadcast an axis by a dimension other than 1. 3 by 4\n",
            "operator Add: Attempting to broadcast an axis by a dimension other than 1. 3 by 4",
        ),
        (
            CODE + NODE.format("MatMul", "/layer1/MatMul") + "matmul_helper.h:59 Compute MatMul dimension mismatch",
            "node /layer1/MatMul (MatMul): MatMul dimension mismatch",
        ),
        (
            CODE + f"Exception during initialization: {SOURCE}providers/cpu/ml/tree_ensemble_attribute.h:75 "
            "onnxruntime::ml::detail::TreeEnsembleAttributesV3<ThresholdType>::TreeEnsembleAttributesV3(const "
            "onnxruntime::OpKernelInfo&, bool) [with ThresholdType = float] n_targets_or_classes > 0 was false. "
            "n_targets_or_classes must be positive, got 0\n",
            "n_targets_or_classes must be positive, got 0",
        ),
        (
            CODE + NODE.format("ConstantOfShape", "") + f"{SOURCE}framework/op_kernel.cc:87 virtual OrtValue* "
            "onnxruntime::OpKernelContext::OutputMLValue(int, const onnxruntime::TensorShape&) "
            "[ONNXRuntimeError] : 1 : FAIL : tensor.cc:57 CalculateTensorStorageSize Tensor shape.Size() must be >= 0",
            "operator ConstantOfShape: Tensor shape.Size() must be >= 0",
        ),
        (
            "Unrecognized attribute: foo for operator Abs\n\n==> Context: Bad node spec",
            "Unrecognized attribute: foo for operator Abs",
        ),
        ("File /opt/python/lib/onnx/x failed.\nStacktrace:\n#0 0x7f /usr/lib/libc.so", "File (a path) failed."),
        ("bell \x07 and \x1b[31m red", "bell and [31m red"),
    ],
)
def test_only_the_cause_of_a_message_is_left(message: str, words: str) -> None:
    assert cleaned(message) == words


def test_an_input_whose_rows_differ_names_the_operator() -> None:
    session = ort.InferenceSession(hostile_onnx.tiny().SerializeToString(), providers=["CPUExecutionProvider"])
    with pytest.raises(ORT_ERRORS) as caught:
        session.run(None, {"x": np.zeros((2, 2, 2), np.float32)})
    assert cleaned(caught.value).startswith("Invalid rank for input: x Got: 3 Expected: 1")


def test_a_long_message_is_short_and_quickly_cleaned() -> None:
    assert len(cleaned("a/b.c-" * 1_000_000)) <= TEXT_MAX


def test_a_checkers_error_has_no_context() -> None:
    model = hostile_onnx.tiny()
    model.graph.node[0].op_type = "Frobnicate"
    with pytest.raises(onnx.checker.ValidationError) as caught:
        onnx.checker.check_model(model)
    assert cleaned(caught.value) == "No Op registered for Frobnicate with domain_version of 17"
