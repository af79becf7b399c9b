"""Grants on models between the domain and maas.registry.v1."""

from maas.domain.identity.grants import ModelGrant, SubjectKind, WantedGrant
from maas.domain.identity.principals import Role
from maas.rpc.registry.v1 import registry_pb2 as pb
from maas.wire.fields import from_timestamp, to_timestamp


def to_grant(grant: ModelGrant) -> pb.Grant:
    return pb.Grant(
        model_id=grant.model_id,
        tenant_id=grant.tenant_id,
        subject=grant.subject,
        kind=grant.kind,
        role=grant.role,
        granted_by=grant.granted_by,
        granted_at=to_timestamp(grant.granted_at),
    )


def from_grant(message: pb.Grant) -> ModelGrant:
    return ModelGrant(
        model_id=message.model_id,
        tenant_id=message.tenant_id,
        subject=message.subject,
        kind=SubjectKind(message.kind),
        role=Role(message.role),
        granted_by=message.granted_by,
        granted_at=from_timestamp(message.granted_at),
    )


def to_set_grant(model_id: str, wanted: WantedGrant) -> pb.SetGrantRequest:
    return pb.SetGrantRequest(model_id=model_id, subject=wanted.subject, kind=wanted.kind, role=wanted.role)


def from_set_grant(message: pb.SetGrantRequest) -> WantedGrant:
    return WantedGrant(message.subject, message.kind, message.role)
