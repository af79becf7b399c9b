"""The summary of a model's graph: its operators and tensors by name, without their values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from maas.domain.catalog.formats import Format
from maas.domain.catalog.versions import Signature


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator. `count` is the number of its nodes; `content` is a digest of the nodes' attributes."""

    domain: str
    name: str
    count: int
    content: str


@dataclass(frozen=True, slots=True)
class Weight:
    """A tensor stored in the file. `scope` is the name of its subgraph, empty in the main graph.

    `dtype` is ONNX's name of the element type ("float"). `content` is a digest of the values, empty if unknown.
    """

    scope: str
    name: str
    dtype: str
    shape: tuple[int, ...]
    content: str


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph's summary. `opsets` has the opset version of each operator domain.

    `operators` are sorted by (domain, name) and `tensors` by (scope, name). If `operator_count` or `tensor_count` is
    larger than the list, the last entries were cut off.
    """

    opsets: Mapping[str, int]
    operators: tuple[Operator, ...]
    tensors: tuple[Weight, ...]
    operator_count: int
    tensor_count: int


@dataclass(frozen=True, slots=True)
class Inspection:
    """The result of inspecting a valid file.

    Files that are not served have an empty signature. `details` are the findings of the format's reader, as JSON.
    """

    format: Format
    signature: Signature
    graph: Graph
    details: Mapping[str, Any] = field(default_factory=dict)
