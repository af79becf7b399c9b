"""Items hold every field of a record, and only models have the hash keys of the indexes."""

from dataclasses import fields, replace
from datetime import timedelta, timezone

import pytest
from boto3.dynamodb.types import TypeDeserializer

from functions.registry import records
from functions.registry.alias_records import move_of
from functions.registry.grant_records import grant_of
from functions.registry.ports import Record
from functions.registry.store import items
from functions.registry.store.list_keys import SHARDS, ModelList, shard_of
from functions.registry.store.transactions import attributes
from functions.registry.stored import StoredModel, StoredVersion
from maas.domain.catalog.aliases import AliasMove, MoveKind
from maas.domain.ids import new_id
from tests.support.sample_records import AT, GRANT, MOVE, STORED_MODEL, STORED_VERSION, UPLOAD

# An entry of its own says which file an upload uses instead of one that is sent.
NOT_STORED = {"content_key", "files"}
KINDS = ("tenant", "owner", "framework", "status", "visibility", "tag", "shard", "public")


def stored(record: Record) -> items.Item:
    """The record's item as DynamoDB returns it."""
    return {name: TypeDeserializer().deserialize(value) for name, value in attributes(items.item_of(record)).items()}


@pytest.mark.parametrize(
    "model", [STORED_MODEL, replace(STORED_MODEL, headline=None, tenant_id="", tags=(), metadata={})]
)
def test_a_model_survives_the_round_trip(model: StoredModel) -> None:
    assert records.model_of(stored(model)) == model


def test_a_model_that_an_earlier_release_stored_uses_latest() -> None:
    item = {name: value for name, value in stored(STORED_MODEL).items() if name != "default_ref"}
    assert records.model_of(item) == replace(STORED_MODEL, default_ref="latest")


@pytest.mark.parametrize(
    "version", [STORED_VERSION, replace(STORED_VERSION, artifact=None, published_at=None, upload_id="")]
)
def test_a_version_survives_the_round_trip(version: StoredVersion) -> None:
    assert records.version_of(stored(version)) == version


def test_an_upload_survives_the_round_trip() -> None:
    assert records.upload_of(stored(UPLOAD)) == UPLOAD


@pytest.mark.parametrize("move", [MOVE, replace(MOVE, kind=MoveKind.DELETE, to_version="", back_to=None)])
def test_an_alias_move_survives_the_round_trip(move: AliasMove) -> None:
    assert move_of(stored(move)) == move


def test_a_grant_survives_the_round_trip() -> None:
    assert grant_of(stored(GRANT)) == GRANT


@pytest.mark.parametrize(
    "record", [STORED_MODEL, STORED_VERSION, UPLOAD, MOVE, GRANT], ids=lambda record: type(record).__name__
)
def test_a_sample_record_has_every_field_set(record: Record) -> None:
    """A mapping that forgets a field passes the round trips if the sample has the field's default."""
    unset = {field.name for field in fields(record) if getattr(record, field.name) in (field.default, "", (), {}, None)}
    assert unset <= NOT_STORED


def test_alias_moves_sort_by_time_within_their_alias() -> None:
    times = [AT.replace(microsecond=0), AT.replace(microsecond=1), AT, AT + timedelta(hours=1)]
    in_utc = [items.move_key("m", "a", at)["sk"] for at in times]
    assert in_utc == sorted(in_utc)
    assert [items.move_key("m", "a", at.astimezone(timezone(timedelta(hours=-5))))["sk"] for at in times] == in_utc
    assert not items.move_key("m", "a-b", AT)["sk"].startswith(items.move_prefix("a"))


@pytest.mark.parametrize("record", [STORED_MODEL, STORED_VERSION, UPLOAD, MOVE, GRANT])
def test_every_item_names_its_model_and_tenant_alike(record: Record) -> None:
    item = items.item_of(record)
    assert (item["model_id"], item["tenant_id"]) == (STORED_MODEL.id, STORED_MODEL.tenant_id)


def test_only_models_are_in_the_indexes() -> None:
    hash_keys = {ModelList(kind, "").attribute for kind in KINDS}
    assert hash_keys - {"tag_list"} <= items.item_of(STORED_MODEL).keys()
    for record in (STORED_VERSION, UPLOAD, MOVE, GRANT):
        assert not hash_keys & items.item_of(record).keys()
    assert not hash_keys & items.name_item(STORED_MODEL).keys()


def test_versions_sort_by_precedence_and_ignore_build_metadata() -> None:
    numbers = ["0.9.0", "1.0.0-rc.1", "1.0.0", "1.2.0", "1.10.0"]
    keys = [items.version_key("m", number)["sk"] for number in numbers]
    assert keys == sorted(keys)
    assert items.version_key("m", "1.0.0+a") == items.version_key("m", "1.0.0+b")


def test_names_share_a_key_per_tenant_whatever_their_case() -> None:
    assert items.name_key(STORED_MODEL.unique_name) == items.name_key(replace(STORED_MODEL, name="STRASSE").unique_name)
    assert items.name_key(STORED_MODEL.unique_name) != items.name_key(
        replace(STORED_MODEL, tenant_id="other").unique_name
    )


def test_the_longest_name_fits_into_its_key() -> None:
    widest = "\N{MATHEMATICAL SCRIPT CAPITAL X}"
    for worst in ("\N{GREEK SMALL LETTER IOTA WITH DIALYTIKA AND TONOS}", "\N{LATIN SMALL LIGATURE FFI}", widest):
        key = items.name_key(replace(STORED_MODEL, name=worst * 128, tenant_id=widest * 128).unique_name)
        assert len(key["pk"].encode()) <= 2048
        assert len(key["sk"].encode()) <= 1024


def test_models_spread_over_all_shards() -> None:
    assert {shard_of(new_id()) for _ in range(500)} == set(SHARDS)
