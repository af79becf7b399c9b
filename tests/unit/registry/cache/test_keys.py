"""Keys of cached records: their texts, and the list of keys that a process warms up from."""

import pytest

from functions.registry.cache.keys import Key, ModelKey, RangeKey, VersionKey, key_of, pack, unpack
from maas.domain.catalog.references import parse_reference
from tests.support.sample_records import MOVE, STORED_MODEL, STORED_VERSION, UPLOAD

RANGE = RangeKey("m", 3, parse_reference(" >=1  <2 "))
KEYS: list[Key] = [ModelKey("m"), VersionKey("m", "1.0.0+b"), RANGE]


def test_a_keys_text_names_its_kind_and_parts() -> None:
    assert [key.text() for key in KEYS] == ["model:m", "version:m:1.0.0+b", "range:m:3:>=1 <2"]


def test_packed_keys_come_back() -> None:
    assert unpack(pack(KEYS)) == KEYS


@pytest.mark.parametrize(
    "packed", ["", "{", "5", "{}", "null", "[" * 100_000, '[5, null, [], ["model"], ["model", 1]]']
)
def test_malformed_keys_are_left_out(packed: str) -> None:
    assert unpack(packed) == []


def test_only_models_and_versions_are_cached_after_a_commit() -> None:
    assert key_of(STORED_MODEL) == ModelKey(STORED_MODEL.id)
    assert key_of(STORED_VERSION) == VersionKey(STORED_VERSION.model_id, STORED_VERSION.version)
    assert [key_of(record) for record in (UPLOAD, MOVE, None)] == [None, None, None]
