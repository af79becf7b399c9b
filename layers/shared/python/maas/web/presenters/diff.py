"""The comparison of two versions from the domain to the contract."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from maas.contracts.base import Answer
from maas.contracts.diff import (
    ComparedVersion,
    DiffAnswer,
    FieldChange,
    GraphChanges,
    Listed,
    MetadataChange,
    MetricChange,
    OperatorChange,
    OpsetChange,
    Reason,
    SignatureChanges,
    TensorChange,
    WeightAnswer,
    WeightChange,
)
from maas.domain.catalog.diff import VersionDiff, delta, relative
from maas.domain.catalog.graph_diff import GraphDiff, TensorKey, values_changed
from maas.domain.catalog.graphs import Operator, Weight
from maas.domain.catalog.versions import Tensor, Version
from maas.domain.mapping_diff import Change, Kind
from maas.web.presenters.versions import tensor_answer

# Each of two graphs can have 10,000 tensors that differ, and an answer of a Lambda function has at most 6 MB.
LISTED_MAX = 500

A = TypeVar("A", bound=Answer)


def diff_answer(diff: VersionDiff) -> DiffAnswer:
    return DiffAnswer(
        model_id=diff.new.model_id,
        from_=_compared_version(diff.old),
        to=_compared_version(diff.new),
        fields=[_field(change) for change in diff.fields],
        metadata=[_metadata(change) for change in diff.metadata],
        metrics=[_metric(change) for change in diff.metrics],
        file=[_field(change) for change in diff.file],
        signature=_signature(diff),
        graph=None if isinstance(diff.graph, str) else _graph(diff.graph),
        graph_unavailable=diff.graph if isinstance(diff.graph, str) else None,
    )


def _compared_version(version: Version) -> ComparedVersion:
    return ComparedVersion(
        version=version.version,
        state=version.state,
        created_by=version.created_by or None,
        created_at=version.created_at,
        published_at=version.published_at,
    )


def _field(change: Change[str, Any]) -> FieldChange:
    return FieldChange(field=change.key, change=change.kind, from_=change.old, to=change.new)


def _metadata(change: Change[str, Any]) -> MetadataChange:
    return MetadataChange(path=change.key, change=change.kind, from_=change.old, to=change.new)


def _metric(change: Change[str, float]) -> MetricChange:
    return MetricChange(
        name=change.key,
        change=change.kind,
        from_=change.old,
        to=change.new,
        delta=delta(change),
        relative=relative(change),
    )


def _signature(diff: VersionDiff) -> SignatureChanges:
    reasons = diff.breaking_changes
    return SignatureChanges(
        inputs=[_tensor(change) for change in diff.inputs],
        outputs=[_tensor(change) for change in diff.outputs],
        breaks_callers=None if reasons is None else bool(reasons),
        reasons=[Reason(field=each.field, rule=each.rule, message=each.message) for each in reasons or ()],
    )


def _tensor(change: Change[str, Tensor]) -> TensorChange:
    old, new = (tensor and tensor_answer(tensor) for tensor in (change.old, change.new))
    return TensorChange(name=change.key, change=change.kind, from_=old, to=new)


def _graph(graph: GraphDiff) -> GraphChanges:
    return GraphChanges(
        opsets=[_opset(change) for change in graph.opsets],
        operators=_listed(graph.operators, _operator),
        tensors=_listed(graph.tensors, _weight),
        cut_off=graph.cut_off,
    )


def _listed(changes: Sequence[Change[Any, Any]], answer: Callable[[Any], A]) -> Listed[A]:
    kinds = [change.kind for change in changes]
    return Listed(
        added=kinds.count(Kind.ADDED),
        removed=kinds.count(Kind.REMOVED),
        changed=kinds.count(Kind.CHANGED),
        items=[answer(change) for change in changes[:LISTED_MAX]],
    )


def _opset(change: Change[str, int]) -> OpsetChange:
    return OpsetChange(domain=change.key, change=change.kind, from_=change.old, to=change.new)


def _operator(change: Change[tuple[str, str], Operator]) -> OperatorChange:
    old, new = (operator and operator.count for operator in (change.old, change.new))
    domain, name = change.key
    # An operator with equal counts is a change only if its attributes differ.
    attributes_changed = True if old == new else None
    return OperatorChange(
        domain=domain, name=name, change=change.kind, from_=old, to=new, attributes_changed=attributes_changed
    )


def _weight(change: Change[TensorKey, Weight]) -> WeightChange:
    old, new = (weight and _weight_answer(weight) for weight in (change.old, change.new))
    changed = values_changed(change.old, change.new) if change.old and change.new else None
    scope, name, _ = change.key
    return WeightChange(scope=scope, name=name, change=change.kind, from_=old, to=new, values_changed=changed)


def _weight_answer(weight: Weight) -> WeightAnswer:
    return WeightAnswer(dtype=weight.dtype, shape=list(weight.shape))
