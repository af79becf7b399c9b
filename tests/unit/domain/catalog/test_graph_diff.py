"""Differences between two graphs, also between summaries that are cut off."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maas.domain.catalog.graph_diff import GraphDiff, compare_graphs, values_changed
from maas.domain.catalog.graphs import Graph, Operator, Weight
from maas.domain.mapping_diff import Kind

W = Weight("", "w", "float", (3, 4), "aa")
ADD = Operator("ai.onnx", "Add", 2, "aa")


def graph(*found: Operator | Weight) -> Graph:
    operators = tuple(sorted((f for f in found if isinstance(f, Operator)), key=lambda o: (o.domain, o.name)))
    tensors = tuple(sorted((f for f in found if isinstance(f, Weight)), key=lambda w: (w.scope, w.name)))
    return Graph({"ai.onnx": 17}, operators, tensors, len(operators), len(tensors))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (W, W, []),
        (W, replace(W, content="bb"), [Kind.CHANGED]),
        (W, replace(W, content=""), []),
        (W, replace(W, dtype="double", content=""), [Kind.CHANGED]),
        (W, replace(W, shape=(4, 3)), [Kind.CHANGED]),
        (W, replace(W, name="v"), [Kind.ADDED, Kind.REMOVED]),
        (W, replace(W, scope="If.then_branch"), [Kind.REMOVED, Kind.ADDED]),
    ],
)
def test_tensors_are_compared_by_scope_and_name(old: Weight, new: Weight, expected: list[Kind]) -> None:
    assert [change.kind for change in compare_graphs(graph(old), graph(new)).tensors] == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (ADD, ADD, []),
        (ADD, replace(ADD, count=3), [Kind.CHANGED]),
        (ADD, replace(ADD, content="bb"), [Kind.CHANGED]),
        (ADD, replace(ADD, name="Mul"), [Kind.REMOVED, Kind.ADDED]),
        (ADD, replace(ADD, domain="ai.onnx.ml"), [Kind.REMOVED, Kind.ADDED]),
    ],
)
def test_operators_are_compared_by_domain_and_name(old: Operator, new: Operator, expected: list[Kind]) -> None:
    assert [change.kind for change in compare_graphs(graph(old), graph(new)).operators] == expected


def test_opsets_are_compared_by_domain() -> None:
    [change] = compare_graphs(graph(), replace(graph(), opsets={"ai.onnx": 18})).opsets
    assert (change.key, change.old, change.new) == ("ai.onnx", 17, 18)


def test_unknown_values_count_as_neither_equal_nor_changed() -> None:
    assert values_changed(W, replace(W, content="")) is None
    assert (values_changed(W, W), values_changed(W, replace(W, content="bb"))) == (False, True)


def test_tensors_of_one_name_are_compared_one_by_one() -> None:
    first, second, third = (replace(W, content=content) for content in ("aa", "bb", "cc"))
    [change] = compare_graphs(graph(first, second), graph(second, third, first)).tensors
    assert (change.key, change.kind, change.new) == (("", "w", 2), Kind.ADDED, third)


def _cut(found: Graph, kept: int) -> Graph:
    return replace(found, tensors=found.tensors[:kept], operators=found.operators[:kept])


def test_a_name_that_was_cut_off_is_not_removed() -> None:
    a, b, c, d = (replace(W, name=name) for name in "abcd")
    found = compare_graphs(graph(a, b, c, d), _cut(graph(b, c, d), 2))
    assert [(change.key[1], change.kind) for change in found.tensors] == [("a", Kind.REMOVED)]
    assert found.cut_off


def test_an_empty_summary_has_no_changes() -> None:
    found = compare_graphs(_cut(graph(W, ADD), 0), graph(W, ADD))
    assert found == GraphDiff(cut_off=True)


WEIGHTS = st.lists(
    st.builds(
        Weight,
        st.sampled_from(["", "s"]),
        st.sampled_from("abc"),
        st.sampled_from(["float", "int64"]),
        st.just((1,)),
        st.sampled_from(["aa", "bb"]),
    ),
    max_size=6,
)
OPERATORS = st.lists(
    st.builds(Operator, st.just("ai.onnx"), st.sampled_from("abc"), st.integers(1, 2), st.sampled_from(["aa", "bb"])),
    max_size=3,
    unique_by=lambda operator: operator.name,
)
GRAPHS = st.builds(lambda weights, operators: graph(*weights, *operators), WEIGHTS, OPERATORS)


@given(GRAPHS, st.integers(0, 6))
def test_a_graph_equals_itself_wherever_it_is_cut_off(some: Graph, kept: int) -> None:
    for old, new in ((some, some), (some, _cut(some, kept)), (_cut(some, kept), some)):
        found = compare_graphs(old, new)
        assert (found.tensors, found.operators, found.opsets) == ((), (), ())


@given(GRAPHS, GRAPHS)
def test_a_reversed_comparison_is_mirrored(old: Graph, new: Graph) -> None:
    there, back = compare_graphs(old, new), compare_graphs(new, old)
    for name in ("opsets", "operators", "tensors"):
        sides = [(change.key, change.old, change.new) for change in getattr(there, name)]
        assert sides == [(change.key, change.new, change.old) for change in getattr(back, name)]


@given(GRAPHS, GRAPHS, st.integers(0, 6), st.integers(0, 6))
def test_a_cut_off_comparison_has_only_changes_of_the_whole(old: Graph, new: Graph, kept: int, also_kept: int) -> None:
    whole, cut = compare_graphs(old, new), compare_graphs(_cut(old, kept), _cut(new, also_kept))
    assert set(cut.tensors) <= set(whole.tensors)
    assert set(cut.operators) <= set(whole.operators)
