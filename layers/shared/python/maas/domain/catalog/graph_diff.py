"""What differs between two graphs, as far as their summaries reach."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from maas.domain.catalog.graphs import Graph, Operator, Weight
from maas.domain.mapping_diff import Change, changes

# Of a tensor: scope, name, and which of several with these (subgraphs of unnamed nodes can't be told apart).
TensorKey = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class GraphDiff:
    """`cut_off`: a summary was, so that changes among the last names are not seen."""

    opsets: tuple[Change[str, int], ...] = ()
    operators: tuple[Change[tuple[str, str], Operator], ...] = ()
    tensors: tuple[Change[TensorKey, Weight], ...] = ()
    cut_off: bool = False


def compared_graphs(old: Graph, new: Graph) -> GraphDiff:
    """Compares names up to where the shorter of two summaries ends: what was only cut off is not gone."""
    operator_end = min((end for graph in (old, new) if (end := _operator_end(graph))), default=None)
    tensor_end = min((end for graph in (old, new) if (end := _tensor_end(graph))), default=None)
    return GraphDiff(
        opsets=changes(old.opsets, new.opsets),
        operators=changes(_operators(old.operators, operator_end), _operators(new.operators, operator_end)),
        tensors=changes(_tensors(old.tensors, tensor_end), _tensors(new.tensors, tensor_end), same=_same),
        cut_off=bool(operator_end or tensor_end),
    )


def values_changed(old: Weight, new: Weight) -> bool | None:
    """None where the values of one are not known."""
    return old.content != new.content if old.content and new.content else None


def _same(old: Weight, new: Weight) -> bool:
    return (old.dtype, old.shape) == (new.dtype, new.shape) and not values_changed(old, new)


def _operator_end(graph: Graph) -> tuple[str, str] | None:
    """Where a summary that was cut off ends: its last name, of which there might have been more. None: it is whole."""
    if graph.operator_count <= len(graph.operators):
        return None
    return (graph.operators[-1].domain, graph.operators[-1].name) if graph.operators else ("", "")


def _tensor_end(graph: Graph) -> tuple[str, str] | None:
    if graph.tensor_count <= len(graph.tensors):
        return None
    return (graph.tensors[-1].scope, graph.tensors[-1].name) if graph.tensors else ("", "")


def _operators(operators: Iterable[Operator], end: tuple[str, str] | None) -> dict[tuple[str, str], Operator]:
    found = {(operator.domain, operator.name): operator for operator in operators}
    return {key: operator for key, operator in found.items() if end is None or key < end}


def _tensors(tensors: Iterable[Weight], end: tuple[str, str] | None) -> dict[TensorKey, Weight]:
    seen: Counter[tuple[str, str]] = Counter()
    found: dict[TensorKey, Weight] = {}
    for tensor in sorted(tensors, key=lambda each: (each.scope, each.name, each.dtype, each.shape, each.content)):
        key = tensor.scope, tensor.name
        if end is None or key < end:
            found[*key, seen[key]] = tensor
            seen[key] += 1
    return found
