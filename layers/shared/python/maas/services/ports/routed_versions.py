"""What calls are routed by, in the registry; see services.ports.registry for what every method raises."""

from typing import Protocol

from maas.domain.catalog.routed import Routed
from maas.domain.identity.principals import Principal, Scope
from maas.services.ports.versions import VersionReader


class RoutedVersionReader(VersionReader, Protocol):
    """Looks up references that calls are routed by."""

    async def routed_version(
        self, by: Principal, model_id: str, ref: str, right: Scope = Scope.INFERENCE_INVOKE
    ) -> Routed:
        """Looks a version up, with the active rollout of the alias that `ref` is, and the model's capture.

        There is no rollout for a caller whose credential is not for its candidate, and no capture for other
        organizations.
        """
        ...
