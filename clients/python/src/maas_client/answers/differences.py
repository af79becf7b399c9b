"""Answers that compare versions, and the changelog."""

from typing import Any, Generic, TypeVar

from pydantic import Field

from maas_client.answers.base import Answer, Moment
from maas_client.answers.models import Tensor

T = TypeVar("T")
A = TypeVar("A", bound=Answer)


class Changed(Answer, Generic[T]):
    """One difference. `change` is added, removed or changed; `from_` is None if added, `to` if removed."""

    change: str
    from_: T | None = Field(alias="from")
    to: T | None


class FieldChange(Changed[str | int]):
    field: str


class MetadataChange(Changed[Any]):
    """A changed entry of the metadata. `path` is a JSON pointer."""

    path: str


class MetricChange(Changed[float]):
    """A changed metric. `relative` is `delta` divided by the absolute old value."""

    name: str
    delta: float | None
    relative: float | None


class TensorChange(Changed[Tensor]):
    name: str


class Reason(Answer):
    """A rule of compatibility that the new version breaks."""

    field: str
    rule: str
    message: str


class SignatureChanges(Answer):
    """Changed inputs and outputs. `breaks_callers` is None if a version has no signature."""

    inputs: list[TensorChange]
    outputs: list[TensorChange]
    breaks_callers: bool | None
    reasons: list[Reason]


class OpsetChange(Changed[int]):
    domain: str


class OperatorChange(Changed[int]):
    """A changed operator. `from_` and `to` are its counts."""

    domain: str
    name: str
    attributes_changed: bool | None


class Weight(Answer):
    dtype: str
    shape: list[int]


class WeightChange(Changed[Weight]):
    """A changed weight. `scope` is its subgraph, empty for the main graph."""

    scope: str
    name: str
    values_changed: bool | None


class Listed(Answer, Generic[A]):
    """The number of changes of each kind; `items` are the first 500."""

    added: int
    removed: int
    changed: int
    items: list[A]


class GraphChanges(Answer):
    """Changes of the graphs. `cut_off` means that some names were too many to compare."""

    opsets: list[OpsetChange]
    operators: Listed[OperatorChange]
    tensors: Listed[WeightChange]
    cut_off: bool


class ComparedVersion(Answer):
    version: str
    state: str
    created_by: str | None
    created_at: Moment
    published_at: Moment | None


class Diff(Answer):
    """Differences between two versions. `graph_unavailable` is the reason why `graph` is None."""

    model_id: str
    from_: ComparedVersion = Field(alias="from")
    to: ComparedVersion
    fields: list[FieldChange]
    metadata: list[MetadataChange]
    metrics: list[MetricChange]
    file: list[FieldChange]
    signature: SignatureChanges
    graph: GraphChanges | None
    graph_unavailable: str | None


class ChangelogEntry(Answer):
    version: str
    state: str
    changelog: str
    created_by: str | None
    published_at: Moment | None
    deprecated_at: Moment | None
    forced: str | None


class Changelog(Answer):
    """Versions from the highest down. `next_to` is the `to` of the next request; None at the end."""

    model_id: str
    name: str
    items: list[ChangelogEntry]
    next_to: str | None
