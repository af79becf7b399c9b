"""The needs of captures from outside: their settings in the registry, and their files in the store."""

from collections.abc import Sequence
from typing import Protocol

from maas.domain.capturing.captures import Capture, CaptureFile
from maas.domain.identity.principals import Principal


class CaptureRegistry(Protocol):
    """See services.ports.registry for what every method raises. Both return the model's id, and what is stored."""

    async def get_capture(self, by: Principal, model_id: str) -> tuple[str, Capture | None]:
        """The capture of a model, for its owner and admins alone. Raises NotFound, PermissionDenied."""
        ...

    async def set_capture(self, by: Principal, model_id: str, capture: Capture | None) -> tuple[str, Capture | None]:
        """Stores from now on what `capture` says, and nothing for None.

        Raises InvalidInput (percent, keep_days, redact), NotFound, PermissionDenied.
        """
        ...


class CaptureWriter(Protocol):
    def put(self, key: str, content: bytes, keep_days: int) -> None:
        """Stores a file, which the store removes after so many days. Raises Unavailable."""
        ...


class CaptureFiles(Protocol):
    """Every method raises Unavailable if the store does not answer."""

    def page(self, tenant_id: str, model_id: str, *, limit: int, after: str) -> tuple[Sequence[CaptureFile], bool]:
        """Files of a model in the order of their keys, behind the key `after`, and whether there are more."""
        ...

    def sign(self, file: CaptureFile) -> str:
        """A URL for one GET, valid for SIGNED_SECONDS."""
        ...
