"""Finds versions of a model, by reference or by number."""

from functions.registry.catalog.access import is_inside
from functions.registry.catalog.narrowing import is_for_version
from functions.registry.ports import Repository
from functions.registry.stored import StoredModel, StoredVersion
from maas.domain.catalog.aliases import Alias
from maas.domain.catalog.references import Reference
from maas.domain.catalog.versions import SERVED
from maas.domain.errors import NotFound
from maas.domain.identity.principals import Principal


async def resolve(repository: Repository, model: StoredModel, reference: Reference) -> str:
    """The version number that a reference stands for now; empty if there is none."""
    if reference.number:
        return reference.number
    if reference.alias:
        alias = model.aliases.get(reference.alias)
        return alias.version if alias else ""
    if reference.alternatives:
        return await repository.highest_published(model.id, reference, revision=model.revision)
    return model.latest_version


async def stored_version(
    repository: Repository, model: StoredModel, number: str, *, field: str = "version"
) -> StoredVersion:
    """The version as it is stored now. Raises NotFound, which names `field`."""
    version = await repository.version(model.id, number)
    if version is None:
        raise NotFound.of(field, "version", number)
    return version


def is_visible(by: Principal, version: StoredVersion) -> bool:
    """Returns whether the caller may see the version: other tenants see only those that are served."""
    inside = is_inside(by, version) or version.state in SERVED
    return inside and is_for_version(by, version.model_id, version.version)


def existing_alias(model: StoredModel, name: str) -> Alias:
    """The alias of a model. Raises NotFound (alias)."""
    if name not in model.aliases:
        raise NotFound.of("alias", "alias", name)
    return model.aliases[name]
