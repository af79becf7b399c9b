"""Bodies of the grant routes."""

from datetime import datetime

from maas.contracts.base import Answer, Body


class SetGrant(Body):
    """`role` is viewer, invoker or developer; `kind` is user, service_account, key or organization."""

    role: str
    kind: str


class HeldGrantAnswer(Answer):
    """A role on one model, for its holder. `tenant_id` is the organization that has given it."""

    model_id: str
    tenant_id: str
    kind: str
    role: str
    granted_by: str
    granted_at: datetime


class GrantAnswer(Answer):
    """The role of one subject on one model. `granted_by` is the user who gave it last."""

    subject: str
    kind: str
    role: str
    granted_by: str
    granted_at: datetime
