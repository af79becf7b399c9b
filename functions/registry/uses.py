"""The use that the records of a model make of its organization's quotas (docs/decisions/0055-quotas.md)."""

from collections import Counter
from collections.abc import Mapping, Sequence

from functions.registry.ports import Change, Record
from functions.registry.stored import StoredModel, StoredVersion
from maas.domain.catalog.versions import VersionState
from maas.domain.quotas import Quota

# The quotas that the registry counts, and those of which a model's versions use something.
OF_VERSIONS = (Quota.VERSIONS, Quota.OPEN_UPLOADS, Quota.STORED_BYTES)
COUNTED = (Quota.MODELS, *OF_VERSIONS)

Use = Mapping[Quota, int]


def use_of(record: Record | None) -> Use:
    """The use of a record. An upload is open as long as its version is uploading, so only the version counts."""
    match record:
        case StoredModel():
            return {Quota.MODELS: 1}
        case StoredVersion():
            return of_version(record.state, record.stored_bytes)
    return {}


def of_version(state: VersionState, stored_bytes: int) -> Use:
    is_open = state is VersionState.UPLOADING
    return {Quota.VERSIONS: 1, Quota.OPEN_UPLOADS: int(is_open), Quota.STORED_BYTES: stored_bytes}


def difference(changes: Sequence[Change]) -> Use:
    """The difference that the changes make to the use; without zeros."""
    total = Counter[Quota]()
    for change in changes:
        total.update(use_of(change.after))
        total.subtract(use_of(change.before))
    return {quota: by for quota, by in total.items() if by}


def is_limited(changes: Sequence[Change]) -> bool:
    """Returns whether a caller asks for something new. Results of the validator are never refused by a quota."""
    return any(change.before is None for change in changes)
