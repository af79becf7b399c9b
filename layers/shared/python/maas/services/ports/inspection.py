"""Inspecting model files."""

from collections.abc import Sequence
from typing import Protocol

from maas.domain.catalog.graphs import Inspection


class ModelInspector(Protocol):
    """Inspects untrusted files."""

    def inspect(self, path: str) -> Inspection | str:
        """Returns the result of the inspection, or a sentence with the reason why the file is rejected.

        Raises Unavailable if the file could not be inspected.
        """
        ...

    def inspect_all(self, paths: Sequence[str], seconds: float) -> list[Inspection | str]:
        """Returns the results of files in their order; fewer after `seconds`, or behind a file that is rejected.

        No file has a part in the result of another one. Raises Unavailable if a file could not be inspected.
        """
        ...
