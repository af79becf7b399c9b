"""The comparison of two versions as a Markdown document."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from maas.contracts.diff import (
    Changed,
    DiffAnswer,
    FieldChange,
    GraphChanges,
    Listed,
    MetricChange,
    OperatorChange,
    SignatureChanges,
    WeightChange,
)
from maas.domain.catalog.versions import shape_text
from maas.domain.mapping_diff import Kind
from maas.web.markdown import cell, inline, line, table

ROWS_MAX = 100

Row = Sequence[str]


def document(diff: DiffAnswer) -> str:
    parts = [
        _section("## Fields", ["field", "from", "to"], [_field(each) for each in diff.fields]),
        _section(
            "## Metadata", ["path", "from", "to"], [(cell(m.path), *_sides(m, json.dumps)) for m in diff.metadata]
        ),
        _section("## Metrics", ["metric", "from", "to", "delta"], [_metric(each) for each in diff.metrics]),
        _section("## File", ["", "from", "to"], [_field(each) for each in diff.file]),
        *_signature(diff.signature),
        *_graph(diff),
    ]
    found = [part for part in parts if part] or ["Nothing has changed of what is compared."]
    title = f"# Changes from {inline(diff.from_.version)} to {inline(diff.to.version)}"
    return "\n\n".join([title, *found]) + "\n"


def _section(heading: str, titles: Row, rows: Sequence[Row], total: int | None = None) -> str:
    """A table of the first 100 rows and the number of further rows; empty without rows."""
    if not rows:
        return ""
    first = table(titles, rows[:ROWS_MAX])
    missing = (len(rows) if total is None else total) - ROWS_MAX
    return f"{heading}\n\n{first}" + (f"\n\n… and {missing} more." if missing > 0 else "")


def _sides(change: Changed[Any], text: Callable[[Any], str]) -> tuple[str, str]:
    return (
        "-" if change.change == Kind.ADDED else cell(text(change.from_)),
        "-" if change.change == Kind.REMOVED else cell(text(change.to)),
    )


def _field(change: FieldChange) -> Row:
    return (cell(change.field), *_sides(change, str))


def _metric(change: MetricChange) -> Row:
    return (cell(change.name), *_sides(change, _number), cell(_delta(change)))


def _number(value: float) -> str:
    return f"{value:.6g}"


def _delta(change: MetricChange) -> str:
    if change.delta is None:
        return ""
    share = "" if change.relative is None else f" ({change.relative:+.2%})"
    return f"{change.delta:+.6g}{share}"


def _signature(signature: SignatureChanges) -> list[str]:
    sides = (("input", signature.inputs), ("output", signature.outputs))
    rows = [(side, cell(each.name), *_sides(each, _tensor)) for side, changed in sides for each in changed]
    found = [_section("## Signature", ["", "name", "from", "to"], rows)]
    if signature.breaks_callers:
        reasons = "\n".join(f"- {line(reason.message)}" for reason in signature.reasons[:ROWS_MAX])
        found.append(f"Callers break:\n\n{reasons}")
    return found


def _tensor(tensor: Any) -> str:
    return f"{tensor.dtype}{shape_text(tensor.shape)}"


def _graph(diff: DiffAnswer) -> list[str]:
    graph = diff.graph
    if graph is None:
        return [f"## Graph\n\nNot compared: {inline(diff.graph_unavailable or '')}."]
    opsets = [(cell(each.domain), *_sides(each, str)) for each in graph.opsets]
    operators = [_operator(each) for each in graph.operators.items]
    tensors = [_weight(each) for each in graph.tensors.items]
    return [
        _section("## Opsets", ["domain", "from", "to"], opsets),
        _section("## Operators", ["operator", "from", "to", ""], operators, _total(graph.operators)),
        _section("## Tensors", ["tensor", "from", "to", ""], tensors, _total(graph.tensors)),
        _cut_off(graph),
    ]


def _total(listed: Listed[Any]) -> int:
    return listed.added + listed.removed + listed.changed


def _operator(change: OperatorChange) -> Row:
    note = "attributes" if change.attributes_changed else ""
    return (cell(f"{change.domain}.{change.name}"), *_sides(change, str), note)


def _weight(change: WeightChange) -> Row:
    name = f"{change.scope}: {change.name}" if change.scope else change.name
    return (cell(name), *_sides(change, _tensor), "values" if change.values_changed else "")


def _cut_off(graph: GraphChanges) -> str:
    if not graph.cut_off:
        return ""
    return "The graph is too large to be compared whole: changes among its last names are not shown."
