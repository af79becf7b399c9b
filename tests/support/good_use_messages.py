"""Valid requests of the RPCs that tell uses."""

from google.protobuf.message import Message

from maas.domain.identity.principals import Principal
from maas.rpc.registry.v1 import registry_pb2 as pb
from maas.services.ports.registry import Registry
from tests.support.good_older_messages import OURS, good


@good(OURS)
async def get_usage(registry: Registry, by: Principal) -> Message:
    return pb.GetUsageRequest()


@good(OURS)
async def get_cache_use(registry: Registry, by: Principal) -> Message:
    return pb.GetCacheUseRequest()
