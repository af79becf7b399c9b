"""Differences between the summaries of two graphs."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from maas.domain.catalog.graphs import Graph, Operator, Weight
from maas.domain.mapping_diff import Change, diff_mappings

# Scope, name, and a counter of tensors that share these two: subgraphs of unnamed nodes can't be distinguished.
TensorKey = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class GraphDiff:
    """The changes between two graphs.

    With `cut_off`, a summary does not have the whole graph, so changes among the last names are not listed.
    """

    opsets: tuple[Change[str, int], ...] = ()
    operators: tuple[Change[tuple[str, str], Operator], ...] = ()
    tensors: tuple[Change[TensorKey, Weight], ...] = ()
    cut_off: bool = False


def compare_graphs(old: Graph, new: Graph) -> GraphDiff:
    """Compares names up to the end of the shorter summary: a name beyond it may exist, so it is not a change."""
    operator_end = min((end for graph in (old, new) if (end := _operator_end(graph))), default=None)
    tensor_end = min((end for graph in (old, new) if (end := _tensor_end(graph))), default=None)
    return GraphDiff(
        opsets=diff_mappings(old.opsets, new.opsets),
        operators=diff_mappings(_operators(old.operators, operator_end), _operators(new.operators, operator_end)),
        tensors=diff_mappings(_tensors(old.tensors, tensor_end), _tensors(new.tensors, tensor_end), equal=_equal),
        cut_off=bool(operator_end or tensor_end),
    )


def values_changed(old: Weight, new: Weight) -> bool | None:
    """Returns whether the values of a tensor differ; None if those of one side are unknown."""
    return old.content != new.content if old.content and new.content else None


def _equal(old: Weight, new: Weight) -> bool:
    return (old.dtype, old.shape) == (new.dtype, new.shape) and not values_changed(old, new)


def _operator_end(graph: Graph) -> tuple[str, str] | None:
    """The last (domain, name) of a summary that is cut off; None for a whole summary.

    The end itself is not compared: more operators of this name may have been cut off.
    """
    if graph.operator_count <= len(graph.operators):
        return None
    return (graph.operators[-1].domain, graph.operators[-1].name) if graph.operators else ("", "")


def _tensor_end(graph: Graph) -> tuple[str, str] | None:
    """The last (scope, name) of a summary that is cut off; None for a whole summary."""
    if graph.tensor_count <= len(graph.tensors):
        return None
    return (graph.tensors[-1].scope, graph.tensors[-1].name) if graph.tensors else ("", "")


def _operators(operators: Iterable[Operator], end: tuple[str, str] | None) -> dict[tuple[str, str], Operator]:
    found = {(operator.domain, operator.name): operator for operator in operators}
    return {key: operator for key, operator in found.items() if end is None or key < end}


def _tensors(tensors: Iterable[Weight], end: tuple[str, str] | None) -> dict[TensorKey, Weight]:
    counts: Counter[tuple[str, str]] = Counter()
    found: dict[TensorKey, Weight] = {}
    for tensor in sorted(tensors, key=lambda each: (each.scope, each.name, each.dtype, each.shape, each.content)):
        key = tensor.scope, tensor.name
        if end is None or key < end:
            found[*key, counts[key]] = tensor
            counts[key] += 1
    return found
