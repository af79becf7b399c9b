"""The table of formats in the code is the one in the documents."""

import re

import pytest

from local.paths import ROOT
from maas.domain.catalog.formats import FORMATS, Kind, is_served, named, suffix

_PAGE = (ROOT / "docs" / "formats.md").read_text()


def test_the_page_has_the_table_of_the_code() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (served|kept|companion) \| (.+) \| `(\.\w+)` \|$", _PAGE, re.MULTILINE)
    assert rows == [(each.name, each.kind, each.title, each.suffix) for each in FORMATS.values()]


@pytest.mark.parametrize("name", FORMATS)
def test_the_page_has_the_details_of_each_format(name: str) -> None:
    assert re.search(rf"^\| [^|]*`{name}`[^|]* \| [^|]*`\w+`[^|]* \|$", _PAGE.split("## Details")[1], re.MULTILINE)


@pytest.mark.parametrize("name", [name for name in FORMATS if FORMATS[name].kind is Kind.KEPT])
def test_each_kept_format_has_a_way_to_predictions(name: str) -> None:
    assert FORMATS[name].to_onnx
    assert "docs/" not in FORMATS[name].to_onnx  # callers of the API have no such folder


def test_onnx_alone_is_served() -> None:
    assert named(Kind.SERVED) == "onnx"
    assert is_served("onnx")
    assert not is_served("no such format")
    assert (suffix("gguf"), suffix("no such format")) == (".gguf", "")
