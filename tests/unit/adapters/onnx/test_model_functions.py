"""Functions that a model defines itself, such as those of skl2onnx's KNNImputer."""

from pathlib import Path

import onnx
import pytest
from onnx import helper

from maas.adapters.formats.inspection_limits import Limits
from maas.adapters.formats.inspector import CRASHED, OUT_OF_TIME, ChildInspector
from maas.adapters.formats.refusals import OUT_OF_MEMORY, RefusedError
from maas.adapters.onnx import inspection
from tests.samples import hostile_onnx

OPSETS = [helper.make_opsetid("", 17), helper.make_opsetid("mine", 1)]


def function(name: str, *nodes: onnx.NodeProto, domain: str = "mine", opset: int = 17) -> onnx.FunctionProto:
    """A function a -> b."""
    imports = [helper.make_opsetid("", opset), helper.make_opsetid("mine", 1)]
    return helper.make_function(domain, name, ["a"], ["b"], list(nodes), imports)


def call(name: str, given: str = "a", taken: str = "b", domain: str = "mine") -> onnx.NodeProto:
    return helper.make_node(name, [given], [taken], domain=domain)


def file(*functions: onnx.FunctionProto, node: onnx.NodeProto | None = None) -> bytes:
    """y = f(x), with the functions of the file."""
    model = hostile_onnx.model(node or call("f", "x", "y"))
    model.opset_import.append(helper.make_opsetid("mine", 1))
    model.functions.extend(functions)
    return model.SerializeToString()


def refusal(data: bytes) -> str:
    with pytest.raises(RefusedError) as caught:
        inspection.inspect(data)
    return str(caught.value)


def test_a_function_of_standard_operators_is_served() -> None:
    found = inspection.inspect(file(function("f", helper.make_node("Abs", ["a"], ["b"]))))
    assert found["signature"]["outputs"] == [{"name": "y", "dtype": "float", "shape": [1]}]


def test_a_function_that_calls_another_is_served() -> None:
    inner = function("g", helper.make_node("Neg", ["a"], ["b"]))
    assert inspection.inspect(file(function("f", call("g")), inner))


def test_a_function_that_is_not_defined_is_refused() -> None:
    other = function("g", helper.make_node("Abs", ["a"], ["b"]))
    assert "operator mine.f is not served" in refusal(file(other))


def test_an_operator_that_is_not_served_is_refused_in_a_function() -> None:
    assert "operator evil.Run is not served" in refusal(file(function("f", call("Run", domain="evil"))))


def test_an_operator_that_is_not_served_is_refused_in_a_branch_of_a_function() -> None:
    branch = helper.make_graph([call("Run", domain="evil")], "branch", [], [hostile_onnx.value("b", 1)])
    node = helper.make_node("If", ["a"], ["b"], then_branch=branch, else_branch=branch)
    assert "operator evil.Run is not served" in refusal(file(function("f", node)))


@pytest.mark.parametrize(
    "functions",
    [
        [function("f", call("f"))],
        [function("f", call("g")), function("g", call("h")), function("h", call("f"))],
        [function("f", helper.make_node("Abs", ["a"], ["b"])), function("g", call("g"))],
    ],
)
def test_a_function_that_calls_itself_is_refused(functions: list[onnx.FunctionProto]) -> None:
    assert "calls itself, directly or through others" in refusal(file(*functions))


@pytest.mark.parametrize("domain", ["com.microsoft", "com.microsoft.nchwc", "ai.onnx.preview.training"])
def test_a_function_can_not_stand_for_the_runtimes_operator(domain: str) -> None:
    replaced = function("EPContext", helper.make_node("Abs", ["a"], ["b"]), domain=domain)
    assert f"operator {domain}.EPContext is not served" in refusal(
        file(replaced, node=call("EPContext", "x", "y", domain=domain))
    )


def test_a_function_with_the_name_of_a_standard_operator_is_checked_too() -> None:
    replaced = function("Abs", call("Run", domain="evil"), domain="")
    assert "operator evil.Run is not served" in refusal(file(replaced, node=helper.make_node("Abs", ["x"], ["y"])))


def test_an_opset_of_a_function_that_is_too_old_is_refused() -> None:
    old = function("f", helper.make_node("Abs", ["a"], ["b"]), opset=6)
    assert "opset 6 is too old" in refusal(file(old))


def test_functions_that_double_each_other_end_at_a_limit(tmp_path: Path) -> None:
    steps = [function(f"f{n}", call(f"f{n + 1}", "a", "c"), call(f"f{n + 1}", "c", "b")) for n in range(40)]
    path = tmp_path / "file"
    path.write_bytes(file(function("f", call("f0")), *steps, function("f40", helper.make_node("Abs", ["a"], ["b"]))))
    assert ChildInspector(Limits(cpu=2, memory=1 << 30)).inspect(str(path)) in {
        CRASHED,
        OUT_OF_TIME,
        f"{OUT_OF_MEMORY}: 1651 MiB",
    }
