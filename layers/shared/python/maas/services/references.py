"""References of a use case that takes several."""

from maas.domain.catalog.versions import Version
from maas.domain.errors import InvalidInput, NotFound
from maas.domain.identity.principals import Principal
from maas.services.ports.registry import VersionRegistry


async def referenced(versions: VersionRegistry, by: Principal, model_id: str, ref: str, argument: str) -> Version:
    """The version that `ref` means. Errors name the use case's `argument` that `ref` was given as.

    Raises InvalidInput (argument), NotFound (model_id, argument), Unavailable.
    """
    try:
        return await versions.get_version(by, model_id, ref)
    except (InvalidInput, NotFound) as error:
        raise error.renamed({"ref": argument}) from error
