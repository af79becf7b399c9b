"""The headline of a model: the one version that the older contract shows.

It is `latest`, or the newest version while no release is published.
"""

from dataclasses import replace

from functions.registry.catalog.revisions import revised
from functions.registry.stored import StoredModel, StoredVersion
from maas.domain.catalog.models import Headline, ModelStatus
from maas.domain.catalog.versions import is_prerelease, newer


def headline(version: StoredVersion) -> Headline:
    file = version.artifact
    if file is None:
        return Headline(version=version.version)
    return Headline(version=version.version, size=file.size, checksum=file.sha256, storage_path=file.storage_key)


def with_draft(model: StoredModel, draft: StoredVersion) -> StoredModel:
    """The model after `draft` was added; unchanged if it has a `latest`."""
    return model if model.latest_version else revised(model, headline=headline(draft))


def with_file(model: StoredModel, version: StoredVersion) -> StoredModel:
    """The model after `version` got or lost its file; unchanged if the headline is another version, or the same."""
    shown = headline(version)
    if model.headline is None or model.headline.version != version.version or model.headline == shown:
        return model
    return revised(model, headline=shown)


def with_published(model: StoredModel, version: StoredVersion) -> StoredModel:
    """The model after `version` was published: it is ready, and `latest` may have changed."""
    if model.status in {ModelStatus.PENDING, ModelStatus.BUILDING}:
        model = replace(model, status=ModelStatus.READY)
    if not is_prerelease(version.version) and newer(version.version, model.latest_version):
        model = replace(model, latest_version=version.version, headline=headline(version))
    return revised(model)
