"""What inference needs besides the registry."""

from collections.abc import Mapping
from typing import Any, Protocol

from maas.domain.catalog.versions import Artifact
from maas.domain.inference.tensors import Feed


class ModelRuntime(Protocol):
    """Runs models. Files are immutable, so an artifact's digest is all there is to know about it."""

    async def run(self, artifact: Artifact, feed: Feed, seconds: float) -> Mapping[str, Any]:
        """Output name -> value as JSON has it: nested lists, NaN and infinities as None.

        `seconds`, the time limit, counts loading too. Raises TimedOut past it, InvalidInput when the model can't
        compute these values, TooLarge for outputs too long to answer, Unavailable when the file can't be had.
        """
        ...


class ResultCache(Protocol):
    """Answers of deterministic models. Trouble is a miss: no method raises."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, value: bytes) -> None: ...
