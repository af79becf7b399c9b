"""Running model files, and caching their results."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from maas.domain.catalog.versions import Artifact
from maas.domain.inference.outputs import Output, Wanted
from maas.domain.inference.tensors import Feed


class ModelRuntime(Protocol):
    """Runs models. Files are immutable, so a loaded model is identified by its artifact's digest."""

    async def run(
        self, artifact: Artifact, feed: Feed, seconds: float, wanted: Sequence[Wanted]
    ) -> Mapping[str, Output]:
        """Computes the outputs `wanted`, in their order.

        `seconds` limits loading and running together.

        Raises:
            TimedOut: the limit has passed.
            NotComputable: the model can't compute these values.
            TooLarge: the outputs are too long for a response.
            ModelResources: the model needs more memory than there is.
            ModelCrashed: the model ended its process.
            ArtifactUnavailable: the store does not have the file any more.
            Unavailable: the file can't be fetched.
        """
        ...

    def blocks(self, artifact: Artifact) -> bool:
        """Returns whether a run of this model would keep the event loop from its start to its end."""
        ...

    async def load(self, artifact: Artifact, seconds: float) -> None:
        """Loads a model within `seconds`, so that its next run need not. Raises what `run` raises for a load."""
        ...


class ResultCache(Protocol):
    """Results of deterministic models. A failure is a miss: methods never raise."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, value: bytes) -> None: ...
