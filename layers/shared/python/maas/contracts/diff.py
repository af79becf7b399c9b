"""Answer of the route that compares two versions."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import Field

from maas.contracts.base import Answer
from maas.contracts.versions import TensorAnswer
from maas.domain.catalog.diff import VersionDiff, delta, relative
from maas.domain.catalog.graph_diff import GraphDiff, TensorKey, values_changed
from maas.domain.catalog.graphs import Operator, Weight
from maas.domain.catalog.versions import Tensor, Version
from maas.domain.mapping_diff import Change, Kind

T = TypeVar("T")
# Twice 10,000 tensors may differ; an answer from a Lambda function has 6 MB.
LISTED_MAX = 500


class Changed(Answer, Generic[T]):
    """`change` is added, removed or changed. `from` is null where something was added, `to` where it was removed."""

    change: str
    from_: T | None = Field(serialization_alias="from")
    to: T | None


class FieldChange(Changed[str | int]):
    field: str

    @classmethod
    def of(cls, change: Change[str, Any]) -> "FieldChange":
        return cls(field=change.key, change=change.kind, from_=change.old, to=change.new)


class MetadataChange(Changed[Any]):
    """`path` is a JSON pointer (RFC 6901)."""

    path: str

    @classmethod
    def of(cls, change: Change[str, Any]) -> "MetadataChange":
        return cls(path=change.key, change=change.kind, from_=change.old, to=change.new)


class MetricChange(Changed[float]):
    """`relative` is `delta` as a part of the old value's size: 0.1 is 10 % more."""

    name: str
    delta: float | None
    relative: float | None

    @classmethod
    def of(cls, change: Change[str, float]) -> "MetricChange":
        return cls(
            name=change.key,
            change=change.kind,
            from_=change.old,
            to=change.new,
            delta=delta(change),
            relative=relative(change),
        )


class TensorChange(Changed[TensorAnswer]):
    name: str

    @classmethod
    def of(cls, change: Change[str, Tensor]) -> "TensorChange":
        old, new = (tensor and TensorAnswer.of(tensor) for tensor in (change.old, change.new))
        return cls(name=change.key, change=change.kind, from_=old, to=new)


class Reason(Answer):
    field: str
    rule: str
    message: str


class SignatureChanges(Answer):
    """`breaks_callers` is null where one of the versions has no signature; `reasons` say in which ways it does."""

    inputs: list[TensorChange]
    outputs: list[TensorChange]
    breaks_callers: bool | None
    reasons: list[Reason]

    @classmethod
    def of(cls, diff: VersionDiff) -> "SignatureChanges":
        return cls(
            inputs=[TensorChange.of(change) for change in diff.inputs],
            outputs=[TensorChange.of(change) for change in diff.outputs],
            breaks_callers=None if diff.breaks is None else bool(diff.breaks),
            reasons=[Reason(field=each.field, rule=each.rule, message=each.message) for each in diff.breaks or ()],
        )


class OpsetChange(Changed[int]):
    domain: str

    @classmethod
    def of(cls, change: Change[str, int]) -> "OpsetChange":
        return cls(domain=change.key, change=change.kind, from_=change.old, to=change.new)


class OperatorChange(Changed[int]):
    """`from` and `to` are how many there are. `attributes_changed` is null where that changed."""

    domain: str
    name: str
    attributes_changed: bool | None

    @classmethod
    def of(cls, change: Change[tuple[str, str], Operator]) -> "OperatorChange":
        old, new = (operator and operator.count for operator in (change.old, change.new))
        domain, name = change.key
        # An operator that is listed with the same count is so for its attributes.
        attributes_changed = True if old == new else None
        return cls(
            domain=domain, name=name, change=change.kind, from_=old, to=new, attributes_changed=attributes_changed
        )


class WeightAnswer(Answer):
    dtype: str
    shape: list[int]

    @classmethod
    def of(cls, weight: Weight) -> "WeightAnswer":
        return cls(dtype=weight.dtype, shape=list(weight.shape))


class WeightChange(Changed[WeightAnswer]):
    """`scope` is the subgraph that it is in, empty for the main graph.

    `values_changed` is null for what was added or removed, and where values are not known.
    """

    scope: str
    name: str
    values_changed: bool | None

    @classmethod
    def of(cls, change: Change[TensorKey, Weight]) -> "WeightChange":
        old, new = (weight and WeightAnswer.of(weight) for weight in (change.old, change.new))
        changed = values_changed(change.old, change.new) if change.old and change.new else None
        scope, name, _ = change.key
        return cls(scope=scope, name=name, change=change.kind, from_=old, to=new, values_changed=changed)


C = TypeVar("C")
A = TypeVar("A", bound=Answer)


class Listed(Answer, Generic[A]):
    """How many there are of each kind; `items` are the first 500 of all."""

    added: int
    removed: int
    changed: int
    items: list[A]


def _listed(changes: Sequence[Change[Any, C]], answer: Callable[[Any], A]) -> Listed[A]:
    kinds = [change.kind for change in changes]
    return Listed(
        added=kinds.count(Kind.ADDED),
        removed=kinds.count(Kind.REMOVED),
        changed=kinds.count(Kind.CHANGED),
        items=[answer(change) for change in changes[:LISTED_MAX]],
    )


class GraphChanges(Answer):
    """`cut_off`: a graph has more operators or tensors than are kept, so that changes among the last are not seen."""

    opsets: list[OpsetChange]
    operators: Listed[OperatorChange]
    tensors: Listed[WeightChange]
    cut_off: bool

    @classmethod
    def of(cls, graph: GraphDiff) -> "GraphChanges":
        return cls(
            opsets=[OpsetChange.of(change) for change in graph.opsets],
            operators=_listed(graph.operators, OperatorChange.of),
            tensors=_listed(graph.tensors, WeightChange.of),
            cut_off=graph.cut_off,
        )


class ComparedVersion(Answer):
    version: str
    state: str
    created_by: str | None
    created_at: datetime
    published_at: datetime | None

    @classmethod
    def of(cls, version: Version) -> "ComparedVersion":
        return cls(
            version=version.version,
            state=version.state,
            created_by=version.created_by or None,
            created_at=version.created_at,
            published_at=version.published_at,
        )


class DiffAnswer(Answer):
    """`graph` is null where the graphs can't be compared, and `graph_unavailable` says why."""

    model_id: str
    from_: ComparedVersion = Field(serialization_alias="from")
    to: ComparedVersion
    fields: list[FieldChange]
    metadata: list[MetadataChange]
    metrics: list[MetricChange]
    file: list[FieldChange]
    signature: SignatureChanges
    graph: GraphChanges | None
    graph_unavailable: str | None

    @classmethod
    def of(cls, diff: VersionDiff) -> "DiffAnswer":
        reason = diff.graph if isinstance(diff.graph, str) else None
        return cls(
            model_id=diff.new.model_id,
            from_=ComparedVersion.of(diff.old),
            to=ComparedVersion.of(diff.new),
            fields=[FieldChange.of(change) for change in diff.fields],
            metadata=[MetadataChange.of(change) for change in diff.metadata],
            metrics=[MetricChange.of(change) for change in diff.metrics],
            file=[FieldChange.of(change) for change in diff.file],
            signature=SignatureChanges.of(diff),
            graph=None if isinstance(diff.graph, str) else GraphChanges.of(diff.graph),
            graph_unavailable=reason,
        )
