"""What the deprecation of a version changes of its model."""

from functions.registry.catalog.headlines import headline
from functions.registry.catalog.lookup import stored_version
from functions.registry.catalog.revisions import revised
from functions.registry.ports import Repository
from functions.registry.stored import StoredModel
from maas.domain.catalog.references import parse_reference


async def with_deprecated(repository: Repository, model: StoredModel, number: str) -> StoredModel:
    """The model after `number` was deprecated: `latest` is the highest release that is still published."""
    if model.latest_version != number:
        return revised(model)
    lower = parse_reference(f"<{number.partition('+')[0]}")
    latest = await repository.highest_published(model.id, lower)
    if not latest:
        return revised(model, latest_version="")
    version = await stored_version(repository, model, latest)
    return revised(model, latest_version=latest, headline=headline(version))
