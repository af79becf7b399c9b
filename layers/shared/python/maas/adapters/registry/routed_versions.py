"""The call of the registry by which functions find out what to compute."""

from maas.adapters.registry.versions import VersionCalls
from maas.domain.catalog.routed import Routed
from maas.domain.identity.principals import Principal, Scope
from maas.wire.captures import from_capture
from maas.wire.rollouts import from_rollout
from maas.wire.versions import from_version


class RoutedVersionCalls(VersionCalls):
    """Implements maas.services.ports.routed_versions.RoutedVersionReader."""

    async def routed_version(
        self, by: Principal, model_id: str, ref: str, right: Scope = Scope.INFERENCE_INVOKE
    ) -> Routed:
        answer = await self._get_version(by, model_id, ref, right)
        rollout = from_rollout(answer.rollout) if answer.HasField("rollout") else None
        capture = from_capture(answer.capture) if answer.HasField("capture") else None
        return Routed(from_version(answer.version), rollout, capture)
