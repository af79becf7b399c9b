"""Safetensors are read by the rules of the format's own reader."""

import json
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import safetensors_files
from tests.support.format_files import found, outcome, refusal


def test_tensors_are_named_with_types_shapes_and_metadata(tmp_path: Path) -> None:
    document = found(tmp_path, safetensors_files.whole())
    assert document["format"] == "safetensors"
    assert document["details"] == {
        "tensor_count": 3,
        "parameter_count": 6,
        "dtypes": {"F16": 1, "F32": 1, "I64": 1},
        "metadata": {"format": "pt"},
        "tensors": [
            {"name": "empty", "dtype": "I64", "shape": [0, 3]},
            {"name": "layer.bias", "dtype": "F16", "shape": [2]},
            {"name": "layer.weight", "dtype": "F32", "shape": [2, 2]},
        ],
    }
    assert [(each["name"], len(each["content"])) for each in document["graph"]["tensors"]] == [
        ("empty", 32),
        ("layer.bias", 32),
        ("layer.weight", 32),
    ]


def test_a_changed_value_changes_the_digest_of_its_tensor_alone(tmp_path: Path) -> None:
    data = safetensors_files.whole()
    before, after = (found(tmp_path, each)["graph"]["tensors"] for each in (data, data[:-1] + b"\xff"))
    assert [old["content"] == new["content"] for old, new in zip(before, after, strict=True)] == [True, False, True]


@pytest.mark.parametrize("name", safetensors_files.HOSTILE)
def test_each_broken_rule_has_its_reason(tmp_path: Path, name: str) -> None:
    data, words = safetensors_files.HOSTILE[name]
    assert words in refusal(tmp_path, data)


def test_many_tensors_give_bounded_details_and_a_full_count(tmp_path: Path) -> None:
    header = {f"{number:05}.{'x' * 300}": safetensors_files.tensor(0, 0) for number in range(12_000)}
    document = found(tmp_path, safetensors_files.packed(header))
    assert document["details"]["tensor_count"] == document["graph"]["tensor_count"] == 12_000
    assert len(json.dumps(document["details"])) < 13_000
    assert 1_000 < len(document["graph"]["tensors"]) < 12_000


@given(st.data())
def test_a_flipped_byte_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    content = bytearray(safetensors_files.whole())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert outcome(tmp_path_factory.mktemp("f"), bytes(content), "safetensors").isprintable()


def test_the_smallest_file_is_valid(tmp_path: Path) -> None:
    assert found(tmp_path, struct.pack("<Q", 2) + b"{}")["details"]["tensor_count"] == 0
