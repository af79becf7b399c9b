"""An inspector that says what it was told to, and counts."""

from maas.domain.errors import Unavailable
from maas.domain.versions import Signature, Tensor

SIGNATURE = Signature((Tensor("x", "float", (-1, 4)),), (Tensor("y", "int64", (-1,)),))


class FakeInspector:
    """`down` makes it fail like one that does not start."""

    def __init__(self, verdict: Signature | str = SIGNATURE) -> None:
        self.verdict = verdict
        self.inspections = 0
        self.down = False

    def inspect(self, path: str) -> Signature | str:
        if self.down:
            raise Unavailable("the inspector does not start")
        self.inspections += 1
        return self.verdict
