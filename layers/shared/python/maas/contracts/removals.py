"""The message about files that may have lost their use."""

from typing import Annotated

from pydantic import Field

from maas.contracts.base import Body, Integer

_Id = Annotated[str, Field(min_length=1)]


class RemovalMessage(Body):
    """Fields of maas.domain.removals.Removal."""

    tenant_id: _Id
    model_id: _Id
    version: str
    upload_id: str
    since: Integer
    after: str
    known_after: str = ""
