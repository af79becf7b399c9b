"""Each format has a reader that names its files' content, and refuses them if they are cut, extended or damaged."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maas.domain.catalog.formats import FORMATS
from tests.samples import flatbuffer_files, kept_files, parquet_files
from tests.support.format_files import found, outcome, refusal

NAMES = [*kept_files.files()]
# Texts may be cut and extended: they are texts still.
STRICT = [name for name in NAMES if kept_files.files()[name][0] not in {"csv", "yaml", "markdown", "text", "json"}]


def content(name: str) -> bytes:
    return kept_files.files()[name][1]


@pytest.mark.parametrize("name", NAMES)
def test_the_format_is_found_in_the_content(tmp_path: Path, name: str) -> None:
    kind, data = kept_files.files()[name]
    document = found(tmp_path, data)
    assert document["format"] == kind
    assert document["details"]
    assert document["signature"] == {"inputs": [], "outputs": []}


def test_every_format_of_the_table_has_a_sample() -> None:
    assert {kind for kind, _ in kept_files.files().values()} | {"onnx"} == FORMATS.keys()


def test_the_findings_are_those_of_the_libraries(tmp_path: Path) -> None:
    details = {name: found(tmp_path, content(name))["details"] for name in NAMES}
    forest = {"objective": "multi:softprob", "feature_count": 4, "class_count": 3, "tree_count": 6}
    for name in ("XGBoost JSON", "XGBoost UBJ"):
        assert forest.items() <= details[name].items()
    assert {"class_count": 3, "feature_count": 4, "tree_count": 6}.items() <= details["LightGBM"].items()
    assert details["XGBoost linear"]["weight_count"] == 15
    assert details["skops pipeline"]["type"] == "sklearn.pipeline.Pipeline"
    assert details["skops pipeline"]["types"]["sklearn.linear_model._logistic.LogisticRegression"] == 1
    assert details["GGUF"]["dtypes"] == {"F32": 1, "Q8_0": 1}
    assert details["GGUF"]["metadata"]["tokens"] == {"count": 2, "first": ["a", "b"]}
    assert details["TFLite"]["operators"] == {"builtin 9": 1}
    assert details["TFLite"]["inputs"] == [{"name": "x", "dtype": "FLOAT32", "shape": [1, 3]}]
    assert {"row_count": 2, "columns": [{"name": "a", "type": "INT64"}]}.items() <= details["Parquet"].items()
    assert (details["PNG"]["width"], details["PNG"]["height"]) == (2, 1)
    assert (details["JPEG"]["width"], details["JPEG"]["height"]) == (4, 3)
    assert {"row_count": 2, "column_count": 2, "columns": ["a", "b"]}.items() <= details["CSV"].items()
    assert details["YAML"]["keys"] == ["name", "tags"]


def test_trees_are_counted_for_diffs_with_a_digest(tmp_path: Path) -> None:
    graphs = [found(tmp_path, content(name))["graph"]["operators"] for name in ("XGBoost JSON", "LightGBM")]
    assert [[(each["domain"], each["name"], each["count"]) for each in one] for one in graphs] == [
        [("xgboost", "tree", 6)],
        [("lightgbm", "tree", 6)],
    ]


@pytest.mark.parametrize("name", STRICT)
def test_bytes_after_the_end_are_refused(tmp_path: Path, name: str) -> None:
    assert refusal(tmp_path, content(name) + b"\x00" * 5000)


@pytest.mark.parametrize("name", STRICT)
def test_a_file_that_is_cut_anywhere_is_refused(tmp_path: Path, name: str) -> None:
    data = content(name)
    for size in {len(data) - 30, len(data) // 2, len(data) // 3}:
        assert outcome(tmp_path, data[:size]) not in FORMATS.keys() - {"text", "lightgbm"}


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(NAMES), data=st.data())
def test_a_damaged_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    whole = bytearray(content(name))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.one_of(st.integers(0, min(200, len(whole) - 1)), st.integers(0, len(whole) - 1)))
        whole[at] = data.draw(st.integers(0, 255))
    result = outcome(tmp_path_factory.mktemp("f"), bytes(whole))
    assert result.isprintable()
    assert len(result.encode()) < 2000


MAGICS = [b"", b"GGUF\x03\0\0\0", b"PAR1", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"PK\x03\x04", b"\x08\0\0\0TFL3"]
MAGICS += [b"{L", b"{i\x01a", b"tree\nversion=v4\n", b"\x1f\x8b", b"\x10" + bytes(7) + b'{"', b"\x80\x04"]


@given(st.sampled_from(MAGICS), st.binary(max_size=400))
def test_any_bytes_after_a_mark_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, mark: bytes, rest: bytes
) -> None:
    assert outcome(tmp_path_factory.mktemp("f"), mark + rest).isprintable()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (parquet_files.table(parquet_files.footer(offset=400)), "lies outside the file"),
        (parquet_files.table(parquet_files.footer(size=1 << 40)), "lies outside the file"),
        (parquet_files.table(b"\x19\xfc\xff\xff\xff\xff\x0f"), "announces more than there is"),
        (parquet_files.table(b"\x1c" * 100), "nested too deeply"),
        (parquet_files.table()[:-4] + b"PARE", "no end, or an encrypted one"),
        (b"GGUF" + b"\x03\0\0\0" + b"\xff" * 16, "at most 100000 and 10000 are read"),
        (kept_files.gguf().replace(b"GGUF\x03\0\0\0", b"GGUF\0\0\0\x03"), "little-endian"),
        (kept_files.gguf(dtype=238), "element type 238"),
        (b"{L" + b"\xff" * 8, "a length is negative"),
        (b"{i\x01a[$d#L\x7f" + b"\xff" * 7, "announces more than it has"),
        (b"{i\x01a" * 5000, "nested deeper than 64"),
        (flatbuffer_files.model().replace(b"TFL3", b"TFL3", 1)[:60], "lies outside the file"),
        (kept_files.png().replace(b"IDAT", b"IDAx"), "checksum of a chunk"),
        (b"\xff\xd8\xff\xe0\x00\x00", "too short"),
        (b'{"learner": {}}', "not a model of XGBoost"),
        (b'{"a": ', "not JSON, or is cut off"),
        (b'{"a": 1, "a": 2}', "names a key twice"),
        (b'{"a":' * 100_000, "nested deeper than 64"),
        (b"a: !!python/object/apply:os.system [x]\n", "builds an object"),
        (b"a: !evil x\n", "builds an object"),
        (b"[" * 100_000, "nested deeper than 64"),
        (b"text\n" * 200 + b"\xff\xfe", "not UTF-8"),
        (b"text\n" * 200 + b"\x00", "control characters"),
        (b"a\n" * 600_000 + b"x: !!python/object/apply:os.system\n", "tags of Python objects"),
    ],
)
def test_hostile_content_has_its_reason(tmp_path: Path, data: bytes, words: str) -> None:
    assert words in refusal(tmp_path, data)


def test_aliases_that_stand_for_too_much_are_refused(tmp_path: Path) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 10)}]" for n in range(9)]
    assert "aliases stand for more than" in refusal(tmp_path, "\n".join(lines).encode())


def test_an_xgboost_model_with_a_child_that_is_none_is_refused(tmp_path: Path) -> None:
    model = json.loads(content("XGBoost JSON"))
    model["learner"]["gradient_booster"]["model"]["trees"][0]["left_children"][0] = 10**6
    assert "a child that is none" in refusal(tmp_path, json.dumps(model).encode())


def test_xgboost_loads_what_is_kept() -> None:
    assert kept_files.saved_again(content("XGBoost UBJ"), "ubj") == content("XGBoost UBJ")
