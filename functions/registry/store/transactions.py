"""Changes as the writes of one transaction, each with the error to raise if its condition fails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from boto3.dynamodb.types import TypeSerializer

from functions.registry.file_records import begun_values
from functions.registry.ports import (
    Change,
    LostRace,
    Record,
    Repeated,
    Waiting,
    guest_is_full,
    model_is_full,
    name_taken,
    subject_is_full,
    upload_taken,
    version_taken,
)
from functions.registry.store import items, list_counters
from functions.registry.stored import Effect, StoredModel, StoredVersion
from maas.domain.catalog.aliases import AliasMove
from maas.domain.catalog.versions import VersionState
from maas.domain.clock import now
from maas.domain.errors import MaasError
from maas.domain.identity.grants import GUEST_GRANTS_MAX, MODEL_GRANTS_MAX, SUBJECT_GRANTS_MAX, ModelGrant
from maas.domain.uploads.sessions import Upload, UploadFile, UploadState

_ABSENT = "attribute_not_exists(pk)"
_NOT_FULL = "attribute_not_exists(granted) OR granted < :max"
_PRESENT = {"ConditionExpression": "attribute_exists(pk)"}
_SERIALIZER = TypeSerializer()


@dataclass(frozen=True, slots=True)
class Write:
    """An item of TransactWriteItems without its table; `refused` is the error to raise if its condition fails."""

    kind: str
    arguments: dict[str, Any]
    refused: MaasError | LostRace | Repeated


def attributes(values: items.Item) -> dict[str, Any]:
    """Plain values as DynamoDB's typed attributes."""
    return {name: _SERIALIZER.serialize(value) for name, value in values.items()}


def writes(changes: Sequence[Change]) -> list[Write]:
    """The writes of effects come first: of several conditions that fail, the first one is raised."""
    effects = [_effect_write(change.effect) for change in changes if change.effect]
    return [*effects, *(write for change in changes for write in _changed(change))]


def _changed(change: Change) -> list[Write]:
    if change.is_left:
        assert isinstance(change.before, ModelGrant)
        return _grant_deletion(change.before, is_left=True)
    return [*_writes(change.before, change.after), *_files_write(change)]


def _files_write(change: Change) -> list[Write]:
    if change.files is None:
        return []
    if change.files:
        item = {"Item": attributes(items.files_item(change.upload_id, change.files))}
        return [Write("Put", item, LostRace())]
    return [Write("Delete", {"Key": attributes(items.files_key(change.upload_id))}, LostRace())]


def begun(upload_id: str, file: UploadFile) -> list[Write]:
    """The writes that record the store's id for a file which has none, while the upload is open."""
    is_open = _equals("state", str(UploadState.OPEN))
    values = {":begun": begun_values(file)}
    condition = "attribute_exists(pk) AND attribute_not_exists(begun.#path)"
    update = _update("SET begun.#path = :begun", values, {"#path": file.path}, condition=condition)
    return [
        Write("ConditionCheck", {"Key": attributes(items.upload_key(upload_id)), **is_open}, LostRace()),
        Write("Update", {"Key": attributes(items.files_key(upload_id)), **update}, LostRace()),
    ]


def _effect_write(effect: Effect) -> Write:
    item = {"Item": attributes(items.effect_item(effect)), "ConditionExpression": _ABSENT}
    return Write("Put", item, Repeated())


def _writes(before: Record | None, after: Record | None) -> list[Write]:
    if isinstance(before, ModelGrant) or isinstance(after, ModelGrant):
        return _grant_writes(before, after)
    if after is None:
        return _deletion(before)
    if before is None:
        created = [_put(after, {"ConditionExpression": _ABSENT}, _taken(after)), *_range_item(before, after)]
        return [*created, _claim_name(after), *_list_writes(None, after)] if isinstance(after, StoredModel) else created
    if before is after:
        return [_exists(after)]
    others = [*_range_item(before, after), *_waiting_note(before, after)]
    if isinstance(before, StoredModel) and isinstance(after, StoredModel):
        renamed = before.unique_name != after.unique_name
        others = [_free_name(before), _claim_name(after)] if renamed else []
        others += [*_list_writes(before, after), *_rollout_notes(before, after)]
    return [_put(after, _unchanged(before), LostRace()), *others]


def _deletion(before: Record | None) -> list[Write]:
    if isinstance(before, StoredModel):
        note = {**items.purge_key(before.id), "since": now().isoformat()}
        noted = Write("Put", {"Item": attributes(note)}, LostRace())
        return [_delete(before), _free_name(before), *_list_writes(before, None), *_rollout_notes(before, None), noted]
    assert isinstance(before, StoredVersion)  # uploads go with their version
    deletes = [_delete(before), *_range_item(before, None)]
    if before.upload_id:
        keys = items.upload_key(before.upload_id), items.files_key(before.upload_id)
        deletes += [Write("Delete", {"Key": attributes(key)}, LostRace()) for key in keys]
    return deletes


def _grant_writes(before: Record | None, after: Record | None) -> list[Write]:
    """The writes of a grant on the side of its model, and on the side of its subject."""
    assert before is None or isinstance(before, ModelGrant)
    if after is None:
        assert before is not None
        return _grant_deletion(before)
    assert isinstance(after, ModelGrant)
    if before is None:
        counted = _update("ADD granted :one", {":one": 1, ":max": MODEL_GRANTS_MAX}, condition=_NOT_FULL)
        count = attributes(items.grant_count_key(after.model_id))
        put = _put(after, {"ConditionExpression": _ABSENT}, LostRace())
        return [put, Write("Update", {"Key": count, **counted}, model_is_full()), *_given(after)]
    put = _put(after, _unchanged(before), LostRace())
    if before.holder != after.holder:
        return [put, *taken(before), *_given(after)]
    changed = _update("SET #model = :role", {":role": str(after.role)}, {"#model": after.model_id})
    return [put, Write("Update", {"Key": attributes(items.granted_key(after.holder)), **changed}, LostRace())]


def _grant_deletion(grant: ModelGrant, *, is_left: bool = False) -> list[Write]:
    count = attributes(items.grant_count_key(grant.model_id))
    less = Write("Update", {"Key": count, **_update("ADD granted :less", {":less": -1})}, LostRace())
    return [_delete(grant), less, *taken(grant, is_left=is_left)]


def _given(grant: ModelGrant) -> list[Write]:
    """The writes that add a grant to its holder's."""
    values = {":role": str(grant.role), ":one": 1, ":max": SUBJECT_GRANTS_MAX}
    update = "ADD granted :one SET #model = :role"
    given = _update(update, values, {"#model": grant.model_id}, condition=_NOT_FULL)
    found = [Write("Update", {"Key": attributes(items.granted_key(grant.holder)), **given}, subject_is_full())]
    if grant.is_guest:
        counted = _update("ADD granted :one", {":one": 1, ":max": GUEST_GRANTS_MAX}, condition=_NOT_FULL)
        key = attributes(items.guest_count_key(grant.holder, grant.tenant_id))
        found.append(Write("Update", {"Key": key, **counted}, guest_is_full()))
    return found


def taken(grant: ModelGrant, *, is_left: bool = False) -> list[Write]:
    """The writes that remove a grant from its holder's, at most once; one that was left counts on for its giver."""
    update = "REMOVE #model ADD granted :less"
    less = _update(update, {":less": -1}, {"#model": grant.model_id}, condition="attribute_exists(#model)")
    found = [Write("Update", {"Key": attributes(items.granted_key(grant.holder)), **less}, LostRace())]
    if grant.is_guest and not is_left:
        key = attributes(items.guest_count_key(grant.holder, grant.tenant_id))
        found.append(Write("Update", {"Key": key, **_update("ADD granted :less", {":less": -1})}, LostRace()))
    return found


def _update(
    expression: str, values: Mapping[str, Any], names: Mapping[str, str] | None = None, condition: str = ""
) -> dict[str, Any]:
    return {
        "UpdateExpression": expression,
        "ExpressionAttributeValues": attributes(dict(values)),
        **({"ExpressionAttributeNames": names} if names else {}),
        **({"ConditionExpression": condition} if condition else {}),
    }


def _range_item(before: Record | None, after: Record | None) -> list[Write]:
    """The write of the item by which ranges find a version: it exists while the version is published."""
    was_published, is_published = _is_published(before), _is_published(after)
    if isinstance(after, StoredVersion) and is_published and not was_published:
        return [Write("Put", {"Item": attributes(items.published_item(after))}, LostRace())]
    if isinstance(before, StoredVersion) and was_published and not is_published:
        key = items.published_key(before.model_id, before.version)
        return [Write("Delete", {"Key": attributes(key)}, LostRace())]
    return []


def _waiting_note(before: Record | None, after: Record | None) -> list[Write]:
    """The note of a version that becomes validating. It outlives that state: its reader looks at the version too."""
    if not isinstance(after, StoredVersion) or after.state is not VersionState.VALIDATING:
        return []
    if isinstance(before, StoredVersion) and before.state is VersionState.VALIDATING:
        return []
    waiting = Waiting(after.model_id, after.version, after.upload_id, after.updated_at)
    return [Write("Put", {"Item": attributes(items.waiting_item(waiting))}, LostRace())]


def _rollout_notes(before: StoredModel, after: StoredModel | None) -> list[Write]:
    """The writes of the notes of rollouts that begin or end with this change."""
    old, new = _with_rollout(before), _with_rollout(after) if after else set()
    keys = {name: attributes(items.rollout_key(before.id, name)) for name in old ^ new}
    puts = [Write("Put", {"Item": keys[name]}, LostRace()) for name in sorted(new - old)]
    return [*puts, *(Write("Delete", {"Key": keys[name]}, LostRace()) for name in sorted(old - new))]


def _with_rollout(model: StoredModel) -> set[str]:
    return {alias.name for alias in model.aliases.values() if alias.active_rollout}


def _is_published(record: Record | None) -> bool:
    return isinstance(record, StoredVersion) and record.state is VersionState.PUBLISHED


def _put(record: Record, condition: dict[str, Any], refused: MaasError | LostRace) -> Write:
    return Write("Put", {"Item": attributes(items.item_of(record)), **condition}, refused)


def _delete(record: Record) -> Write:
    return Write("Delete", {"Key": attributes(items.key_of(record)), **_unchanged(record)}, LostRace())


def _exists(record: Record) -> Write:
    key = attributes(items.key_of(record))
    return Write("ConditionCheck", {"Key": key, **_still_valid(record)}, LostRace())


def _still_valid(record: Record) -> dict[str, Any]:
    if isinstance(record, StoredVersion):
        return _equals("state", str(record.state))
    if isinstance(record, StoredModel):
        return _equals("deleted_revision", record.deleted_revision)
    return _PRESENT


def _claim_name(model: StoredModel) -> Write:
    item = attributes(items.name_item(model))
    return Write("Put", {"Item": item, "ConditionExpression": _ABSENT}, name_taken(model.name))


def _free_name(model: StoredModel) -> Write:
    return Write("Delete", {"Key": attributes(items.name_key(model.unique_name))}, LostRace())


def _list_writes(before: StoredModel | None, after: StoredModel | None) -> list[Write]:
    """The writes of the model's tag items and counters."""
    old, new = list_counters.tag_items(before), list_counters.tag_items(after)
    puts = [{"Item": attributes(item)} for key, item in new.items() if old.get(key) != item]
    deletes = [{"Key": attributes({"pk": pk, "sk": sk})} for pk, sk in old.keys() - new.keys()]
    return [
        *(Write("Put", arguments, LostRace()) for arguments in puts),
        *(Write("Delete", arguments, LostRace()) for arguments in deletes),
        *(
            _add(key, by)
            for key, by in list_counters.difference(list_counters.counted(before), list_counters.counted(after)).items()
        ),
    ]


def _add(key: list_counters.Key, by: Mapping[str, int]) -> Write:
    names = {f"#{number}": name for number, name in enumerate(by)}
    arguments = {
        "Key": attributes({"pk": key[0], "sk": key[1]}),
        "UpdateExpression": "ADD " + ", ".join(f"{name} :{name[1:]}" for name in names),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": attributes({f":{number}": value for number, value in enumerate(by.values())}),
    }
    return Write("Update", arguments, LostRace())


def _unchanged(before: Record) -> dict[str, Any]:
    """The condition that the stored record is `before`: by revision, or by state or time for those that have none."""
    assert not isinstance(before, AliasMove)  # moves are never changed
    if isinstance(before, ModelGrant):
        return _equals("granted_at", before.granted_at.isoformat())
    return _equals("state", str(before.state)) if isinstance(before, Upload) else _equals("revision", before.revision)


def _equals(name: str, value: str | int) -> dict[str, Any]:
    return {
        "ConditionExpression": "#name = :value",
        "ExpressionAttributeNames": {"#name": name},
        "ExpressionAttributeValues": attributes({":value": value}),
    }


def _taken(record: Record) -> MaasError | LostRace:
    match record:
        case StoredModel():
            return name_taken(record.name)
        case StoredVersion():
            return version_taken(record.version)
        case Upload():
            return upload_taken(record.id)
        case AliasMove() | ModelGrant():
            return LostRace()
