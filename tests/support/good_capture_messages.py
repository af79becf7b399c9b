"""Valid requests of the RPCs of captures, for good_messages.py."""

from google.protobuf.message import Message

from maas.domain.capturing.captures import Capture
from maas.domain.identity.principals import Principal
from maas.rpc.registry.v1 import registry_pb2 as pb
from maas.services.ports.registry import Registry
from maas.wire.captures import to_set_capture
from tests.support.good_older_messages import OURS, a_model, good


@good(OURS)
async def get_capture(registry: Registry, by: Principal) -> Message:
    return pb.GetCaptureRequest(model_id=(await a_model(registry, by)).id)


@good(OURS)
async def set_capture(registry: Registry, by: Principal) -> Message:
    return to_set_capture((await a_model(registry, by)).id, Capture(percent=5, keep_days=30, outputs=True))
