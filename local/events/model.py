"""The small model that the events call."""

from onnx import TensorProto, helper


def largest_of_four() -> bytes:
    """x: float[n, 4] -> label: int64[n], the index of the largest; values: float[n, 4], equal to x."""
    nodes = [
        helper.make_node("ArgMax", ["x"], ["label"], axis=1, keepdims=0),
        helper.make_node("Identity", ["x"], ["values"]),
    ]
    rows = helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 4])
    label = helper.make_tensor_value_info("label", TensorProto.INT64, [None])
    values = helper.make_tensor_value_info("values", TensorProto.FLOAT, [None, 4])
    graph = helper.make_graph(nodes, "graph", [rows], [label, values])
    return bytes(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()
    )
