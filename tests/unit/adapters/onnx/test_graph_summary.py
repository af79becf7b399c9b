"""Summaries of graphs: their content and their limits."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from maas.adapters.formats.findings import BYTES_MAX, NAME_MAX, OPERATORS_MAX, TENSORS_MAX
from maas.adapters.onnx import graph_summary
from tests.samples import hostile_onnx, onnx_files

ABS = helper.make_node("Abs", ["x"], ["y"])


def summary(model: onnx.ModelProto | bytes) -> dict[str, Any]:
    return graph_summary.summary(onnx.ModelProto.FromString(model) if isinstance(model, bytes) else model)


def with_tensor(tensor: onnx.TensorProto) -> onnx.ModelProto:
    return hostile_onnx.model(ABS, initializers=(tensor,))


def content(tensor: onnx.TensorProto) -> str:
    (found,) = summary(with_tensor(tensor))["tensors"]
    return str(found["content"])


def names(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(tensor["scope"], tensor["name"]) for tensor in found["tensors"]]


def test_operators_are_counted_with_the_opset_of_their_domain() -> None:
    found = summary(onnx_files.largest_of_four())
    assert found["opsets"] == {"ai.onnx": 17}
    assert [(each["domain"], each["name"], each["count"]) for each in found["operators"]] == [
        ("ai.onnx", "ArgMax", 1),
        ("ai.onnx", "Identity", 1),
    ]
    assert (found["operator_count"], found["tensors"], found["tensor_count"]) == (2, [], 0)


def test_an_unused_opset_is_left_out() -> None:
    model = hostile_onnx.tiny()
    model.opset_import.add(domain="com.microsoft", version=1)
    assert summary(model)["opsets"] == {"ai.onnx": 17}


def test_operators_of_subgraphs_and_functions_count() -> None:
    model = onnx.ModelProto.FromString(onnx_files.counter())
    model.functions.add(name="f").node.add(op_type="Add")
    assert {each["name"]: each["count"] for each in summary(model)["operators"]} == {
        "Add": 2,
        "Identity": 1,
        "Loop": 1,
        "Squeeze": 1,
    }


def test_a_tensor_has_name_type_and_shape() -> None:
    (found,) = summary(onnx_files.lookup([1, 2, 3]))["tensors"]
    assert len(found.pop("content")) == 32
    assert found == {"scope": "", "name": "table", "dtype": "float", "shape": [3]}


def test_a_tensor_of_a_subgraph_has_its_path_as_scope() -> None:
    weight = helper.make_tensor("weight", TensorProto.FLOAT, [1], [1.0])
    branch = helper.make_graph([helper.make_node("Add", ["x", "weight"], ["y"])], "b", [], [], [weight])
    nodes = [helper.make_node("If", ["x"], ["y"], name=name, then_branch=branch) for name in ("", "second")]
    model = hostile_onnx.model(*nodes)
    model.functions.add(name="f").node.extend(nodes)
    assert names(summary(model)) == [
        ("If.then_branch", "weight"),
        ("function f/If.then_branch", "weight"),
        ("function f/second.then_branch", "weight"),
        ("second.then_branch", "weight"),
    ]


def test_a_sparse_tensor_has_its_dense_shape() -> None:
    model = hostile_onnx.tiny()
    sparse = model.graph.sparse_initializer.add(dims=[10])
    sparse.values.CopyFrom(helper.make_tensor("s", TensorProto.FLOAT, [1], [1.0]))
    sparse.indices.CopyFrom(helper.make_tensor("", TensorProto.INT64, [1], [3]))
    (before,) = summary(model)["tensors"]
    sparse.indices.int64_data[0] = 4
    (after,) = summary(model)["tensors"]
    assert (before["name"], before["dtype"], before["shape"]) == ("s", "float", [10])
    assert before["content"] != after["content"]


def test_equal_values_have_equal_content_in_any_field() -> None:
    values = np.array([1.5, -2.0], np.float32)
    raw, typed = numpy_helper.from_array(values, "w"), helper.make_tensor("w", TensorProto.FLOAT, [2], values)
    assert raw.HasField("raw_data")
    assert not typed.HasField("raw_data")
    assert content(raw) == content(typed)
    assert content(raw) != content(numpy_helper.from_array(-values, "w"))


def test_texts_with_equal_concatenations_differ() -> None:
    first, second = (
        TensorProto(name="w", data_type=TensorProto.STRING, dims=[2], string_data=pair)
        for pair in ([b"ab", b"c"], [b"a", b"bc"])
    )
    assert content(first) != content(second)


@pytest.mark.parametrize(
    "tensor",
    [
        TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[5], float_data=[1.0]),
        TensorProto(name="w", data_type=TensorProto.UNDEFINED, dims=[1]),
        TensorProto(name="w", data_type=999, dims=[1]),
        TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[-1, 2**62]),
    ],
)
def test_a_tensor_unreadable_for_numpy_has_no_content(tensor: onnx.TensorProto) -> None:
    assert content(tensor) == ""


def test_only_attributes_change_an_operators_content() -> None:
    def nodes(*axes: int, tag: str = "") -> dict[str, Any]:
        made = [helper.make_node("ArgMax", ["x"], [f"{tag}{axis}"], name=tag, axis=axis) for axis in axes]
        return dict(summary(hostile_onnx.model(*made))["operators"][0])

    assert nodes(0, 1) == nodes(1, 0) == nodes(0, 1, tag="other")
    assert nodes(0, 1)["content"] != nodes(1, 1)["content"]


def test_retrained_trees_change_their_operator() -> None:
    model = onnx.ModelProto.FromString(hostile_onnx.iris_model())
    before = summary(model)["operators"]
    weights = next(each for each in model.graph.node[0].attribute if each.name == "class_weights")
    weights.floats[0] += 0.5
    (after,) = summary(model)["operators"]
    assert after == {**before[0], "content": after["content"]}
    assert after["content"] != before[0]["content"]


def test_invalid_utf8_in_a_name_is_replaced() -> None:
    plain = with_tensor(helper.make_tensor("weight", TensorProto.FLOAT, [1], [1.0])).SerializeToString()
    assert names(summary(plain.replace(b"weight", b"we\xff\xffht"))) == [("", "we\ufffd\ufffdht")]


def test_long_names_are_shortened_and_stay_different() -> None:
    long = ["n" * 1000 + end for end in "ab"]
    tensors = tuple(helper.make_tensor(name, TensorProto.FLOAT, [1], [1.0]) for name in long)
    first, second = (name for _, name in names(summary(hostile_onnx.model(ABS, initializers=tensors))))
    assert first != second
    assert len(first) == len(second) == NAME_MAX


def _tensors(model: onnx.ModelProto, count: int) -> None:
    for n in reversed(range(count)):
        model.graph.initializer.add(name=f"w{n:06}", data_type=TensorProto.FLOAT, dims=[1], float_data=[n])


def _operators(model: onnx.ModelProto, count: int) -> None:
    for n in reversed(range(count)):
        model.graph.node.add(op_type=f"Op{n:06}")


@pytest.mark.parametrize(
    ("fill", "kind", "kept"), [(_tensors, "tensor", TENSORS_MAX), (_operators, "operator", OPERATORS_MAX)]
)
def test_past_the_limit_all_names_are_counted(
    fill: Callable[[onnx.ModelProto, int], None], kind: str, kept: int
) -> None:
    model = onnx.ModelProto()
    fill(model, kept + 5)
    found = summary(model)
    assert found[f"{kind}_count"] == kept + 5
    kept_names = [each["name"] for each in found[f"{kind}s"]]
    assert len(kept_names) == kept
    assert kept_names == sorted(kept_names)
    assert kept_names[0].endswith("000000")


def test_the_bytes_of_a_summary_are_bounded() -> None:
    model = hostile_onnx.very_many_names(9_000)
    found = summary(model)
    assert found["tensor_count"] == 9_000
    assert len(found["tensors"]) < 9_000
    assert len(json.dumps(found["tensors"])) <= BYTES_MAX + 2 * len(found["tensors"])


def test_every_graph_nested_in_one_node_is_counted() -> None:
    model = onnx.ModelProto()
    node = model.graph.node.add(op_type="If", name="n" * 1000)
    for n in range(20_000):
        node.attribute.add(name=f"a{n}").g.initializer.add(name="w", data_type=1, dims=[1], float_data=[1.0])
    assert summary(model)["tensor_count"] == 20_000
