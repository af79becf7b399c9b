"""Reasons why a signature breaks callers of an earlier one."""

import pytest

from maas.domain.catalog.compatibility import breaking_changes, broken_by
from maas.domain.catalog.versions import Artifact, Signature, Tensor


def tensors(text: str) -> tuple[Tensor, ...]:
    """`x:float[-1,4] y:int64[]`."""
    found = []
    for word in text.split():
        name, _, rest = word.partition(":")
        dtype, _, shape = rest.removesuffix("]").partition("[")
        found.append(Tensor(name, dtype, tuple(int(size) for size in shape.split(",") if size)))
    return tuple(found)


def signature(text: str) -> Signature:
    inputs, _, outputs = text.partition("->")
    return Signature(tensors(inputs), tensors(outputs))


X, Y = "x:float[-1,4]", "y:int64[-1]"
# (old, new, "field rule" of each reason)
PAIRS: list[tuple[str, str, list[str]]] = [
    (f"{X} -> {Y}", f"{X} -> {Y}", []),
    # added and removed inputs and outputs
    (f"{X} z:float[] -> {Y}", f"{X} -> {Y}", ["inputs.z removed"]),
    (f"{X} -> {Y}", f"{X} z:float[] -> {Y}", ["inputs.z added"]),
    (f"{X} -> {Y}", f"w:float[-1,4] -> {Y}", ["inputs.x removed", "inputs.w added"]),
    (f"{X} z:float[] -> {Y}", f"z:float[] {X} -> {Y}", []),
    (f"{X} -> {Y} p:float[-1,3]", f"{X} -> {Y}", ["outputs.p removed"]),
    (f"{X} -> {Y}", f"{X} -> {Y} p:float[-1,3]", []),
    (f"{X} -> {Y}", f"{X} -> p:float[-1,3] {Y}", ["outputs first"]),
    (f"{X} -> {Y} p:float[]", f"{X} -> p:float[] {Y}", ["outputs first"]),
    (f"{X} -> {Y} p:float[]", f"{X} -> p:float[]", ["outputs.y removed", "outputs first"]),
    (f"{X} -> {Y}", f"{X} -> q:int64[-1]", ["outputs.y removed", "outputs first"]),
    (f"{X} -> {Y}", f"{X} -> ", ["outputs.y removed"]),
    # types of inputs: every earlier value must still be accepted
    ("x:float[] -> y:float[]", "x:double[] -> y:float[]", []),
    ("x:double[] -> y:float[]", "x:float[] -> y:float[]", ["inputs.x dtype"]),
    ("x:float16[] -> y:float[]", "x:float[] -> y:float[]", []),
    ("x:float[] -> y:float[]", "x:int64[] -> y:float[]", ["inputs.x dtype"]),
    ("x:int32[] -> y:float[]", "x:int64[] -> y:float[]", []),
    ("x:int64[] -> y:float[]", "x:int32[] -> y:float[]", ["inputs.x dtype"]),
    ("x:uint8[] -> y:float[]", "x:int8[] -> y:float[]", ["inputs.x dtype"]),
    ("x:uint8[] -> y:float[]", "x:int16[] -> y:float[]", []),
    ("x:int8[] -> y:float[]", "x:uint64[] -> y:float[]", ["inputs.x dtype"]),
    ("x:int16[] -> y:float[]", "x:float[] -> y:float[]", []),
    ("x:int32[] -> y:float[]", "x:float[] -> y:float[]", ["inputs.x dtype"]),
    ("x:int32[] -> y:float[]", "x:double[] -> y:float[]", []),
    ("x:int64[] -> y:float[]", "x:double[] -> y:float[]", ["inputs.x dtype"]),
    ("x:string[] -> y:float[]", "x:float[] -> y:float[]", ["inputs.x dtype"]),
    ("x:bool[] -> y:float[]", "x:int64[] -> y:float[]", ["inputs.x dtype"]),
    ("x:bfloat16[] -> y:float[]", "x:bfloat16[] -> y:float[]", []),
    ("x:bfloat16[] -> y:float[]", "x:float[] -> y:float[]", ["inputs.x dtype"]),
    # types of outputs: every value must have been possible before
    ("x:float[] -> y:double[]", "x:float[] -> y:float[]", []),
    ("x:float[] -> y:float[]", "x:float[] -> y:double[]", ["outputs.y dtype"]),
    ("x:float[] -> y:int64[]", "x:float[] -> y:int32[]", []),
    ("x:float[] -> y:int64[]", "x:float[] -> y:float[]", ["outputs.y dtype"]),
    ("x:float[] -> y:int64[]", "x:float[] -> y:string[]", ["outputs.y dtype"]),
    # shapes of inputs
    ("x:float[1,4] -> y:float[]", "x:float[-1,4] -> y:float[]", []),
    ("x:float[-1,4] -> y:float[]", "x:float[1,4] -> y:float[]", ["inputs.x shape"]),
    ("x:float[-1,4] -> y:float[]", "x:float[-1,5] -> y:float[]", ["inputs.x shape"]),
    ("x:float[-1,4] -> y:float[]", "x:float[-1,4,1] -> y:float[]", ["inputs.x shape"]),
    ("x:float[-1,4] -> y:float[]", "x:int64[1,4] -> y:float[]", ["inputs.x dtype", "inputs.x shape"]),
    # shapes of outputs
    ("x:float[] -> y:float[-1,3]", "x:float[] -> y:float[1,3]", []),
    ("x:float[] -> y:float[1,3]", "x:float[] -> y:float[-1,3]", ["outputs.y shape"]),
    ("x:float[] -> y:float[-1,3]", "x:float[] -> y:float[-1,2]", ["outputs.y shape"]),
    ("x:float[] -> y:float[-1]", "x:float[] -> y:float[-1,1]", ["outputs.y shape"]),
]


def test_there_are_forty_pairs() -> None:
    assert len({(old, new) for old, new, _ in PAIRS}) >= 40


@pytest.mark.parametrize(("old", "new", "expected"), PAIRS)
def test_each_reason_is_named(old: str, new: str, expected: list[str]) -> None:
    assert [f"{found.field} {found.rule}" for found in breaking_changes(signature(old), signature(new))] == expected


def test_a_reason_is_a_sentence_with_both_sides() -> None:
    [dtype, shape] = breaking_changes(signature(f"{X} -> {Y}"), signature(f"x:int64[1,4] -> {Y}"))
    assert dtype.message == "input x is int64, was float"
    assert shape.message == "input x is [1, 4], was [any, 4]"


def artifact(name: str, of: Signature) -> Artifact:
    return Artifact(storage_key="k", size=1, sha256="", signature=of, format=name)


ONNX, KEPT = artifact("onnx", signature(f"{X} -> {Y}")), artifact("gguf", Signature((), ()))


def test_a_kept_file_after_a_served_one_breaks_its_callers() -> None:
    [reason] = broken_by(ONNX, KEPT)
    assert (reason.field, reason.rule) == ("format", "served")
    assert reason.message == "the format is gguf, which is not served; it was onnx"


def test_a_file_that_is_not_served_has_no_callers_to_break() -> None:
    assert broken_by(KEPT, ONNX) == broken_by(KEPT, KEPT) == broken_by(ONNX, ONNX) == []
