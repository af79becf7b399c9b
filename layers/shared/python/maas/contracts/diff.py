"""Body of the route that compares two versions."""

from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import Field

from maas.contracts.base import Answer
from maas.contracts.versions import TensorAnswer

T = TypeVar("T")
A = TypeVar("A", bound=Answer)


class Changed(Answer, Generic[T]):
    """One difference. `change` is added, removed or changed; `from` is null if added, `to` if removed."""

    change: str
    from_: T | None = Field(serialization_alias="from")
    to: T | None


class FieldChange(Changed[str | int]):
    field: str


class MetadataChange(Changed[Any]):
    """A changed entry of the metadata. `path` is a JSON pointer (RFC 6901)."""

    path: str


class MetricChange(Changed[float]):
    """A changed metric. `relative` is `delta` divided by the absolute old value: 0.1 is 10 % more."""

    name: str
    delta: float | None
    relative: float | None


class TensorChange(Changed[TensorAnswer]):
    name: str


class Reason(Answer):
    field: str
    rule: str
    message: str


class SignatureChanges(Answer):
    """The changed tensors of the signatures.

    `breaks_callers` is null if one of the versions has no signature. `reasons` are the rules of compatibility that the
    new signature breaks.
    """

    inputs: list[TensorChange]
    outputs: list[TensorChange]
    breaks_callers: bool | None
    reasons: list[Reason]


class OpsetChange(Changed[int]):
    domain: str


class OperatorChange(Changed[int]):
    """A changed operator. `from` and `to` are its counts. `attributes_changed` is null if the count changed."""

    domain: str
    name: str
    attributes_changed: bool | None


class WeightAnswer(Answer):
    dtype: str
    shape: list[int]


class WeightChange(Changed[WeightAnswer]):
    """A changed tensor. `scope` is the subgraph that it is in, empty for the main graph.

    `values_changed` is null if the tensor was added or removed, or if its values are not known.
    """

    scope: str
    name: str
    values_changed: bool | None


class Listed(Answer, Generic[A]):
    """The number of changes of each kind; `items` are the first 500 changes."""

    added: int
    removed: int
    changed: int
    items: list[A]


class GraphChanges(Answer):
    """The changes of the graphs.

    `cut_off` is true if a graph has more operators or tensors than its summary keeps. Changes among the last names are
    then not listed.
    """

    opsets: list[OpsetChange]
    operators: Listed[OperatorChange]
    tensors: Listed[WeightChange]
    cut_off: bool


class ComparedVersion(Answer):
    version: str
    state: str
    created_by: str | None
    created_at: datetime
    published_at: datetime | None


class DiffAnswer(Answer):
    """The differences between two versions.

    `graph` is null if the graphs can't be compared; `graph_unavailable` is then the reason.
    """

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
