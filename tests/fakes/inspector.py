"""An inspector with a fixed verdict."""

from collections.abc import Sequence

from maas.domain.catalog.formats import FORMATS
from maas.domain.catalog.graphs import Graph, Inspection, Operator, Weight
from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.errors import Unavailable

SIGNATURE = Signature((Tensor("x", "float", (-1, 4)),), (Tensor("y", "int64", (-1,)),))

GRAPH = Graph(
    opsets={"ai.onnx": 17},
    operators=(Operator("ai.onnx", "ArgMax", 1, "00"),),
    tensors=(Weight("", "table", "float", (2,), "11"),),
    operator_count=1,
    tensor_count=1,
)
FOUND = Inspection(FORMATS["onnx"], SIGNATURE, GRAPH)


class FakeInspector:
    """Returns `verdict` for every file and counts the `inspections`. While `down`, it fails to start."""

    def __init__(self, verdict: Inspection | str = FOUND) -> None:
        self.verdict = verdict
        self.inspections = 0
        self.down = False

    def inspect(self, path: str) -> Inspection | str:
        if self.down:
            raise Unavailable("the inspector does not start")
        self.inspections += 1
        return self.verdict

    def inspect_all(self, paths: Sequence[str], seconds: float) -> list[Inspection | str]:
        """Returns what `inspect` does for each file, up to the first one that is rejected; none after `seconds`."""
        found: list[Inspection | str] = []
        for path in paths if seconds > 0 else ():
            found.append(self.inspect(path))
            if isinstance(found[-1], str):
                break
        return found
