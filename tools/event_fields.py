"""Fields that events of every source have."""

from typing import Annotated

from pydantic import Field

from maas.contracts.base import Answer

Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
_OBJECTS = "user, service_account, session, key, invitation, issuer, webhook, organization, job, or model"
_SUBJECT = (
    "The caller: id of a user or service account; `validator`, `remover`, `judge` or `surveyor`; `maas` if nobody "
    "asked for it; `anonymous` for a caller without a credential."
)


class Trail(Answer):
    """The author, the way and the time."""

    id: str = Field(description="Id of the event. It is the same if the event arrives twice.")
    time: Time = Field(description="Time of the commit, by the clock of the process that made it.")
    tenant_id: str
    subject: str = Field(description=_SUBJECT)
    credential: str | None = Field(
        description="What the caller has shown: `session/<id>`, `key/<id>`, or `issuer/<id>` for an exchanged token."
    )
    address: str | None = Field(description="Network address of the caller, as the gateway or the registry sees it.")
    request_id: str | None = Field(description="Id of the request, as its answer and the logs have it.")
    changed: list[str] = Field(
        description="Names of the fields that changed, including fields that the event does not contain."
    )


class IdentityBody(Trail):
    """The fields of every event of `maas.identity`, `maas.access`, `maas.jobs` and `maas.monitoring`."""

    object: str = Field(description=f"What it is about: kind and id, such as `user/<id>`. The kind is {_OBJECTS}.")
