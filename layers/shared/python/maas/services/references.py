"""Resolution of references, for use cases that take several of them."""

from collections.abc import Mapping

from maas.domain.catalog.references import parse_reference
from maas.domain.catalog.versions import Version
from maas.domain.errors import InvalidInput, NotFound
from maas.domain.identity.principals import Principal
from maas.services.ports.version_registry import VersionRegistry


def check(references: Mapping[str, str]) -> None:
    """Checks the form of references by their arguments' names, before any call is made.

    Raises InvalidInput (the argument of the first one that is malformed).
    """
    for argument, reference in references.items():
        parse_reference(reference, argument)


async def resolve(versions: VersionRegistry, by: Principal, model_id: str, ref: str, argument: str) -> Version:
    """The version that `ref` refers to. Errors name `argument`, the use case's name for `ref`.

    Raises InvalidInput (argument), NotFound (model_id, argument), Unavailable.
    """
    if not ref:
        parse_reference(ref, argument)  # raises: for the registry, an empty one would be the model's default_ref
    try:
        return await versions.get_version(by, model_id, ref)
    except (InvalidInput, NotFound) as error:
        raise error.renamed({"ref": argument}) from error
