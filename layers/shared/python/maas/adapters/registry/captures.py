"""The calls of the registry about captures."""

from maas.adapters.registry.calls import RegistryCalls
from maas.domain.capturing.captures import Capture
from maas.domain.identity.principals import Principal
from maas.rpc.registry.v1 import registry_pb2 as pb
from maas.wire.captures import from_answer, to_set_capture


class CaptureCalls(RegistryCalls):
    """Implements maas.services.ports.captures.CaptureRegistry."""

    async def get_capture(self, by: Principal, model_id: str) -> tuple[str, Capture | None]:
        return from_answer(await self._call(by, "GetCapture", pb.GetCaptureRequest, model_id=model_id))

    async def set_capture(self, by: Principal, model_id: str, capture: Capture | None) -> tuple[str, Capture | None]:
        return from_answer(await self._call(by, "SetCapture", to_set_capture, model_id, capture))
