"""ONNX files for tests: a real model, and models that are each harmful or invalid in one way."""

import functools
from collections.abc import Callable, Mapping

import numpy as np
import onnx
from onnx import TensorProto, helper

IR_VERSION = 10


@functools.cache
def iris_model(*, zipmap: bool = False) -> bytes:
    """A random forest trained on the real iris data and converted by skl2onnx."""
    from skl2onnx import to_onnx
    from sklearn.datasets import load_iris
    from sklearn.ensemble import RandomForestClassifier

    features, species = load_iris(return_X_y=True)
    forest = RandomForestClassifier(n_estimators=10, random_state=0).fit(features, species)
    return bytes(to_onnx(forest, features[:1].astype(np.float32), options={"zipmap": zipmap}).SerializeToString())


def value(name: str, *shape: int | str, dtype: int = TensorProto.FLOAT) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, dtype, shape)


def model(*nodes: onnx.NodeProto, opset: int = 17, initializers: tuple[onnx.TensorProto, ...] = ()) -> onnx.ModelProto:
    """A model of `nodes` with one input `x` and one output `y`, both float with shape [1]."""
    graph = helper.make_graph(list(nodes), "graph", [value("x", 1)], [value("y", 1)], list(initializers))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=IR_VERSION)


def tiny() -> onnx.ModelProto:
    """y = |x|"""
    return model(helper.make_node("Abs", ["x"], ["y"]))


def chain(length: int) -> onnx.ModelProto:
    """A graph of `length` nodes, each of which needs the value of the one before. Their size is not known."""
    names = ["x", *(f"h{number}" for number in range(1, length)), "y"]
    found = model(*(helper.make_node("Tanh", [names[n]], [names[n + 1]]) for n in range(length)))
    for end in (*found.graph.input, *found.graph.output):
        end.type.tensor_type.shape.dim[0].Clear()
    return found


def memory_bomb() -> onnx.ModelProto:
    """A model of a few hundred bytes that allocates 8 GiB."""
    size = helper.make_tensor("size", TensorProto.INT64, [1], [2**31])
    ones = helper.make_tensor("one", TensorProto.FLOAT, [1], [1.0])
    return model(
        helper.make_node("ConstantOfShape", ["size"], ["huge"], value=ones),
        helper.make_node("ReduceSum", ["huge"], ["sum"], keepdims=1),
        helper.make_node("Add", ["x", "sum"], ["y"]),
        initializers=(size,),
    )


def endless_loop() -> onnx.ModelProto:
    """A model that loops 2^62 times."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["go_on"]), helper.make_node("Abs", ["in"], ["out"])],
        "body",
        [value("i", dtype=TensorProto.INT64), value("go", dtype=TensorProto.BOOL), value("in", 1)],
        [value("go_on", dtype=TensorProto.BOOL), value("out", 1)],
    )
    times = helper.make_tensor("times", TensorProto.INT64, [], [2**62])
    true = helper.make_tensor("true", TensorProto.BOOL, [], [True])
    return model(helper.make_node("Loop", ["times", "true", "x"], ["y"], body=body), initializers=(times, true))


def very_many_names(count: int) -> onnx.ModelProto:
    """A model with `count` tensors whose names have 1,000 characters, two of them control characters."""
    ones = (helper.make_tensor(f"\x1b\x85{n:0998}", TensorProto.FLOAT, [1], [1.0]) for n in range(count))
    return model(helper.make_node("Abs", ["x"], ["y"]), initializers=tuple(ones))


def external(name: str = "outside", dtype: int = TensorProto.FLOAT) -> onnx.TensorProto:
    """A tensor whose data is in the file /etc/passwd."""
    tensor = onnx.TensorProto(name=name, data_type=dtype, dims=[1], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="/etc/passwd")
    return tensor


def _in_initializer(found: onnx.ModelProto) -> None:
    found.graph.initializer.append(external())


def _in_sparse_values(found: onnx.ModelProto) -> None:
    found.graph.sparse_initializer.add(dims=[1]).values.CopyFrom(external())


def _in_sparse_indices(found: onnx.ModelProto) -> None:
    found.graph.sparse_initializer.add(dims=[1]).indices.CopyFrom(external(dtype=TensorProto.INT64))


def _in_attribute(found: onnx.ModelProto) -> None:
    found.graph.node[0].attribute.add(name="value", type=onnx.AttributeProto.TENSOR).t.CopyFrom(external())


def _in_attribute_list(found: onnx.ModelProto) -> None:
    found.graph.node[0].attribute.add(name="values", type=onnx.AttributeProto.TENSORS).tensors.append(external())


def _in_sparse_attribute(found: onnx.ModelProto) -> None:
    attribute = found.graph.node[0].attribute.add(name="value", type=onnx.AttributeProto.SPARSE_TENSOR)
    attribute.sparse_tensor.values.CopyFrom(external())


def _in_sparse_attribute_list(found: onnx.ModelProto) -> None:
    attribute = found.graph.node[0].attribute.add(name="values", type=onnx.AttributeProto.SPARSE_TENSORS)
    attribute.sparse_tensors.add().values.CopyFrom(external())


def _in_subgraph(found: onnx.ModelProto) -> None:
    attribute = found.graph.node[0].attribute.add(name="body", type=onnx.AttributeProto.GRAPH)
    attribute.g.initializer.append(external())


def _in_subgraph_of_subgraph(found: onnx.ModelProto) -> None:
    attribute = found.graph.node[0].attribute.add(name="branches", type=onnx.AttributeProto.GRAPHS)
    inner = attribute.graphs.add().node.add(op_type="If").attribute.add(name="then", type=onnx.AttributeProto.GRAPH)
    inner.g.initializer.append(external())


def _in_function(found: onnx.ModelProto) -> None:
    node = found.functions.add(name="f", domain="ai.onnx").node.add(op_type="Constant")
    node.attribute.add(name="value", type=onnx.AttributeProto.TENSOR).t.CopyFrom(external())


def _in_function_default(found: onnx.ModelProto) -> None:
    function = found.functions.add(name="f", domain="ai.onnx")
    function.attribute_proto.add(name="a", type=onnx.AttributeProto.TENSOR).t.CopyFrom(external())


def _in_training(found: onnx.ModelProto) -> None:
    found.training_info.add().initialization.initializer.append(external())


def _without_location_flag(found: onnx.ModelProto) -> None:
    found.graph.initializer.append(external())
    found.graph.initializer[0].ClearField("data_location")


HIDING_PLACES: Mapping[str, Callable[[onnx.ModelProto], None]] = {
    place.__name__.strip("_"): place
    for place in (
        _in_initializer,
        _in_sparse_values,
        _in_sparse_indices,
        _in_attribute,
        _in_attribute_list,
        _in_sparse_attribute,
        _in_sparse_attribute_list,
        _in_subgraph,
        _in_subgraph_of_subgraph,
        _in_function,
        _in_function_default,
        _in_training,
        _without_location_flag,
    )
}
