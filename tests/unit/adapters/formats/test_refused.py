"""Files outside the table of formats are refused with what they are, and nothing in them runs."""

import io
import os
import pickle
from pathlib import Path
from unittest.mock import patch

import pytest

from maas.adapters.formats.inspector import ChildInspector
from tests.samples import refused_files
from tests.support.format_files import found, refusal

_FAILURES = (pickle.UnpicklingError, LookupError, EOFError, TypeError, AttributeError, ValueError)


@pytest.mark.parametrize("name", refused_files.FILES)
def test_a_file_outside_the_table_is_named(tmp_path: Path, name: str) -> None:
    data, words = refused_files.FILES[name]
    with patch.object(os, "system", side_effect=AssertionError("the file ran a command")):
        assert words in refusal(tmp_path, data)


def test_each_compression_of_joblib_is_recognized(tmp_path: Path) -> None:
    for data, words in refused_files.joblibs(tmp_path).values():
        assert words in refusal(tmp_path, data)


def test_the_disguised_file_is_a_pickle_that_would_run() -> None:
    with patch("os.system") as system:
        pickle.load(io.BytesIO(refused_files.disguised_as_safetensors()))
    system.assert_called_once_with("false")


def test_the_child_refuses_a_pickle_and_ends(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(refused_files.PICKLE)
    assert "a Python pickle" in str(ChildInspector().inspect(str(path)))


@pytest.mark.parametrize("text", ["10.txt", "10) x", "0.1.2", "1.", "a.b.c", "2.", "(1.5)", "t.", "e.g. this"])
def test_a_text_whose_characters_are_opcodes_is_no_pickle(tmp_path: Path, text: str) -> None:
    with pytest.raises(_FAILURES):
        pickle.loads(text.encode())
    assert found(tmp_path, text.encode())["format"] == "text"
