"""The code of docs/convert.md is run as printed, and its files are served."""

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import pytest

from local.paths import ROOT
from maas.adapters.onnx import inspection, locales
from maas.adapters.onnx.model_operators import CONTRIBUTED

PAGE = (ROOT / "docs/convert.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
DATA, *CONVERSIONS = BLOCKS
TRY = CONVERSIONS.pop()


def needs(block: str) -> None:
    for package in ("xgboost", "lightgbm", "onnxmltools"):
        if package in block:
            pytest.importorskip(package)


@pytest.mark.parametrize("block", CONVERSIONS, ids=lambda block: re.findall(r"(\w+)(?:\(\)\))?\.fit\(", block)[-1:])
def test_a_block_writes_a_file_that_is_served(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs(block)
    monkeypatch.chdir(tmp_path)
    locales.provide()
    names: dict[str, Any] = {}
    exec(DATA + block, names)

    found = inspection.inspect((tmp_path / "model.onnx").read_bytes())["signature"]

    assert found["inputs"]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(TRY, names)
    assert all(tensor["name"] in printed.getvalue() for tensor in found["inputs"] + found["outputs"])


def test_the_page_has_the_conversions_of_four_libraries() -> None:
    assert len(CONVERSIONS) == 5
    assert [re.search(word, PAGE) is not None for word in ("skl2onnx", "XGB", "LGBM", r"torch\.onnx")] == [True] * 4


def test_the_page_lists_the_contributed_operators_of_the_code() -> None:
    listed = PAGE.rpartition("which compute on their inputs alone:")[2].partition("Files that")[0]
    assert set(re.findall(r"`(\w+)`", listed)) == CONTRIBUTED
