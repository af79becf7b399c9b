"""The layout of the registry table: the key of each item, and records as items.

Only models, and the items of their tags, have the hash keys of the indexes, so an index holds nothing else.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from functions.registry.alias_records import move_values
from functions.registry.effect_records import effect_values
from functions.registry.file_records import files_values
from functions.registry.grant_records import grant_values
from functions.registry.ports import Record, Waiting
from functions.registry.records import model_values, upload_values, version_values
from functions.registry.store.list_keys import index_attributes, lists_of
from functions.registry.stored import Effect, StoredModel, StoredVersion
from maas.domain.catalog.aliases import AliasMove
from maas.domain.catalog.model_names import ModelName
from maas.domain.catalog.versions import is_prerelease, sort_key
from maas.domain.identity.grants import ModelGrant
from maas.domain.uploads.sessions import Upload, UploadFile

Item = dict[str, Any]

VERSION_PREFIX, GRANT_PREFIX = "VERSION#", "GRANT#"
# Published releases and prereleases have prefixes of their own, so the highest of either is the first item of a Query.
RELEASE_PREFIX, PRERELEASE_PREFIX = "RELEASE#", "PRERELEASE#"

# The note that the models of earlier releases have been counted.
COUNTED_KEY: Item = {"pk": "USES", "sk": "COUNTED"}


def model_key(model_id: str) -> Item:
    return {"pk": f"MODEL#{model_id}", "sk": "MODEL"}


def version_key(model_id: str, number: str) -> Item:
    """Versions sort by precedence; those that differ in build metadata only share a key."""
    return {"pk": f"MODEL#{model_id}", "sk": f"{VERSION_PREFIX}{sort_key(number)}"}


def published_key(model_id: str, number: str) -> Item:
    """The key of the item that exists while the version is published; ranges choose among these items."""
    prefix = PRERELEASE_PREFIX if is_prerelease(number) else RELEASE_PREFIX
    return {"pk": f"MODEL#{model_id}", "sk": f"{prefix}{sort_key(number)}"}


def published_item(version: StoredVersion) -> Item:
    return {**published_key(version.model_id, version.version), "number": version.version}


def move_key(model_id: str, alias: str, at: datetime) -> Item:
    """Moves of an alias sort by time."""
    return {"pk": f"MODEL#{model_id}", "sk": f"{move_prefix(alias)}{_moment(at)}"}


def move_prefix(alias: str) -> str:
    return f"ALIAS#{alias}#"


def upload_key(upload_id: str) -> Item:
    return {"pk": f"UPLOAD#{upload_id}", "sk": "UPLOAD"}


def content_key(tenant_id: str, sha256: str) -> Item:
    """The key of the item of a content, by its digest."""
    return {"pk": f"CONTENT#{tenant_id}", "sk": sha256}


def content_size_key(tenant_id: str, size: int, sha256: str) -> Item:
    """The key of the item that tells the size of a content. Those of one size begin with the same prefix."""
    return {"pk": f"SIZES#{tenant_id}", "sk": f"{size_prefix(size)}{sha256}"}


def size_prefix(size: int) -> str:
    return f"SIZE#{size}#"


def sized_key(tenant_id: str) -> Item:
    """The key of the note up to which digest the contents of earlier releases have items with their sizes."""
    return {"pk": f"SIZES#{tenant_id}", "sk": "SIZED"}


def entry_key(key: str) -> Item:
    """The key of the item of a file whose content is known. They sort like the keys of the object store."""
    return {"pk": "FILES", "sk": key}


def files_key(upload_id: str) -> Item:
    """The key of the list of an upload's files, which the upload of one file lacks."""
    return {"pk": f"UPLOAD#{upload_id}", "sk": "FILES"}


def files_item(upload_id: str, files: Sequence[UploadFile]) -> Item:
    return {**files_key(upload_id), **files_values(files)}


def grant_key(model_id: str, subject: str) -> Item:
    return {"pk": f"MODEL#{model_id}", "sk": f"{GRANT_PREFIX}{subject}"}


def grant_count_key(model_id: str) -> Item:
    """The key of the item that counts the model's grants."""
    return {"pk": f"MODEL#{model_id}", "sk": "GRANTS"}


def granted_key(holder: str) -> Item:
    """The key of the one item that has all grants of a holder: an attribute for each model, and their number."""
    return {"pk": f"GRANTS#{holder}", "sk": "GRANTS"}


def guest_count_key(holder: str, giver: str) -> Item:
    """The key of the item that counts what one organization has given to another one."""
    return {"pk": f"GRANTS#{holder}", "sk": f"FROM#{giver}"}


def use_key(model_id: str) -> Item:
    """The key of the item with what the versions of a model use of the quotas."""
    return {"pk": f"MODEL#{model_id}", "sk": "USE"}


def quota_key(tenant_id: str, quota: str) -> Item:
    """The key of the item with what an organization uses of a quota."""
    return {"pk": f"USE#{tenant_id}", "sk": quota}


def purge_key(model_id: str) -> Item:
    """The key of the note that the items of a deleted model are still to be deleted."""
    return {"pk": "PURGES", "sk": model_id}


def waiting_key(waiting: Waiting) -> Item:
    """Notes of validating versions sort by time. They are in one partition, which takes 500 uploads a second."""
    return {**waiting_until(waiting.since), "sk": f"{_moment(waiting.since)}#{waiting.upload_id}"}


def waiting_until(at: datetime) -> Item:
    """A key after those of the notes up to `at`, and before those of later ones."""
    return {"pk": "VALIDATING", "sk": f"{_moment(at)}#~"}


def waiting_item(waiting: Waiting) -> Item:
    values = {"model_id": waiting.model_id, "number": waiting.version, "upload_id": waiting.upload_id}
    return {**waiting_key(waiting), **values, "since": waiting.since.isoformat()}


def waiting_of(item: Item) -> Waiting:
    return Waiting(item["model_id"], item["number"], item["upload_id"], datetime.fromisoformat(item["since"]))


def rollout_key(model_id: str, alias: str) -> Item:
    """The key of the note that an alias has an active rollout. They are in one partition, which is read as a whole."""
    return {"pk": "ROLLOUTS", "sk": f"{model_id}#{alias}"}


def rolled_out(item: Item) -> tuple[str, str]:
    """The model and the alias of the note of a rollout."""
    model_id, _, alias = str(item["sk"]).partition("#")
    return model_id, alias


def outbox_key(model_id: str) -> Item:
    """A partition of its own, so that the outbox outlives the model's items."""
    return {"pk": f"EVENTS#{model_id}", "sk": "EVENTS"}


def effect_key(tenant_id: str, subject: str, effect_id: str) -> Item:
    return {"pk": f"EFFECT#{tenant_id}#{subject}#{effect_id}", "sk": "EFFECT"}


def effect_item(effect: Effect) -> Item:
    return {**effect_key(effect.tenant_id, effect.subject, effect.id), **effect_values(effect)}


def name_key(name: ModelName) -> Item:
    """One item for each name and tenant. The name is in the hash key: folded, it may be longer than a sort key."""
    return {"pk": f"NAME#{name.form}", "sk": f"TENANT#{name.tenant_id}"}


def name_item(model: StoredModel) -> Item:
    return {**name_key(model.unique_name), "model_id": model.id}


def key_of(record: Record) -> Item:
    match record:
        case StoredModel():
            return model_key(record.id)
        case StoredVersion():
            return version_key(record.model_id, record.version)
        case Upload():
            return upload_key(record.id)
        case AliasMove():
            return move_key(record.model_id, record.alias, record.at)
        case ModelGrant():
            return grant_key(record.model_id, record.subject)


def item_of(record: Record) -> Item:
    match record:
        case StoredModel():
            return {**key_of(record), **index_attributes(lists_of(record), record), **model_values(record)}
        case StoredVersion():
            return {**key_of(record), **version_values(record)}
        case Upload():
            return {**key_of(record), **upload_values(record)}
        case AliasMove():
            return {**key_of(record), **move_values(record)}
        case ModelGrant():
            return {**key_of(record), **grant_values(record)}


def _moment(at: datetime) -> str:
    """A time whose code-point order is that of times, because it is in UTC and in the same width."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
