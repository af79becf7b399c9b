"""What a model's graph is made of: operators and tensors by name, without their values."""

from collections.abc import Mapping
from dataclasses import dataclass

from maas.domain.catalog.versions import Signature


@dataclass(frozen=True, slots=True)
class Operator:
    """A kind of node. `count` is how many there are; `content` differs where the nodes' attributes do."""

    domain: str
    name: str
    count: int
    content: str


@dataclass(frozen=True, slots=True)
class Weight:
    """A tensor kept in the file. `scope` names the subgraph it is in, and is empty in the main graph.

    `dtype` as ONNX names it ("float"). `content` differs where values do; empty: they are not known.
    """

    scope: str
    name: str
    dtype: str
    shape: tuple[int, ...]
    content: str


@dataclass(frozen=True, slots=True)
class Graph:
    """`opsets` is the version of each domain in use.

    `operators` are sorted by (domain, name) and `tensors` by (scope, name). Where `operator_count` or `tensor_count`
    is larger, what would come last was left out.
    """

    opsets: Mapping[str, int]
    operators: tuple[Operator, ...]
    tensors: tuple[Weight, ...]
    operator_count: int
    tensor_count: int


@dataclass(frozen=True, slots=True)
class Inspection:
    """What is found in a file that may be served."""

    signature: Signature
    graph: Graph
