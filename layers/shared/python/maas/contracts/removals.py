"""The messages to the remover: about files that may have lost their use, and the steps of a collection."""

from typing import Annotated, Literal

from pydantic import Field, RootModel

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
    captured: bool = False


class CollectionCounts(Body):
    """Fields of maas.domain.collections.Counts."""

    versions: Integer = 0
    objects: Integer = 0
    files: Integer = 0
    expired: Integer = 0
    repaired: Integer = 0
    queued: Integer = 0
    lost: Integer = 0


class CollectionMessage(Body):
    """Fields of maas.domain.collections.Collection. A message with a `run` alone begins one."""

    run: _Id
    stage: Literal["versions", "objects", "files"] = "versions"
    after: str = ""
    counts: CollectionCounts = CollectionCounts()


class RemoverMessage(RootModel[RemovalMessage | CollectionMessage]):
    """A message to the remover."""
