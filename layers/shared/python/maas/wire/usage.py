"""Use of quotas as messages and back."""

from maas.domain.quotas import Quota, Usage
from maas.rpc.registry.v1 import registry_pb2 as pb


def to_usage(usage: Usage) -> pb.Usage:
    return pb.Usage(quota=usage.quota, limit=usage.limit, use=usage.use)


def from_usage(message: pb.Usage) -> Usage:
    return Usage(Quota(message.quota), message.limit, message.use)
