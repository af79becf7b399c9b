"""References that a caller knows by a name of its own."""

from typing import Protocol

from maas.domain.catalog.references import parse_reference
from maas.domain.catalog.versions import Version
from maas.domain.errors import NotFound
from maas.domain.identity.principals import Principal


class Versions(Protocol):
    """The one method of VersionRegistry that finds a version."""

    async def get_version(self, by: Principal, model_id: str, ref: str) -> Version: ...


async def referenced(versions: Versions, by: Principal, model_id: str, ref: str, field: str) -> Version:
    """The version that `ref` means. The registry calls it `ref`; here it is `field`, as the caller knows it.

    Raises InvalidInput (field), NotFound (model_id, field), Unavailable.
    """
    reference = parse_reference(ref, field)
    try:
        return await versions.get_version(by, model_id, ref)
    except NotFound as error:
        if any(each.field == "ref" for each in error.fields):
            raise NotFound.of(field, reference.kind, ref) from None
        raise
