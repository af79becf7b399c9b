"""Files that crashed a reader, or passed with content that no later program should meet."""

import io
import json
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest

from maas.adapters.formats import inspection_process
from maas.adapters.formats.inspection_process import PeakMemory
from maas.adapters.formats.inspector import ChildInspector
from maas.adapters.formats.refusals import UNREADABLE
from maas.adapters.formats.source import Source
from tests.samples.refused_files import zipped
from tests.support.format_files import outcome, refusal


def xgboost(names: object = (), version: object = (1, 2, 3)) -> bytes:
    booster = {"name": "gbtree", "model": {"gbtree_model_param": {"num_trees": "0"}, "trees": []}}
    learner = {
        "feature_names": names,
        "gradient_booster": booster,
        "learner_model_param": {"num_feature": "1", "num_class": "0"},
        "objective": {"name": "binary"},
    }
    return json.dumps({"learner": learner, "version": version}).encode()


def lightgbm(sizes: str = "1", feature: str = "0", left: str = "-1") -> bytes:
    head = "tree\nversion=v4\nnum_class=1\nmax_feature_idx=0\nfeature_names=a\nobjective=binary"
    tree = f"Tree=0\nnum_leaves=2\nsplit_feature={feature}\nthreshold=1\ndecision_type=2\nleft_child={left}"
    end = "right_child=-2\nleaf_value=1 2\n\nend of trees\n\nfeature_importances:\na=1\n\nparameters:"
    return f"{head}\ntree_sizes={sizes}\n\n{tree}\n{end}\nend of parameters\n".encode()


def packed_by(method: int) -> bytes:
    data = bytearray(zipped({"model.pkl": bytes(40)}))
    data[8:10] = struct.pack("<H", method)
    at = data.find(b"PK\x01\x02")
    data[at + 10 : at + 12] = struct.pack("<H", method)
    return bytes(data)


def parquet(*elements: bytes) -> bytes:
    footer = b"\x15\x02\x19" + bytes([len(elements) << 4 | 12]) + b"".join(elements) + b"\x16\x00\x19\x0c\x00"
    return b"PAR1" + footer + struct.pack("<I", len(footer)) + b"PAR1"


LEAF = b"\x15\x02\x38\x01a\x00"


def skops(files: dict[str, bytes] | None = None, **node: Any) -> bytes:
    return zipped({"schema.json": json.dumps({"protocol": 2} | node).encode(), **(files or {})})


def array(header: str) -> bytes:
    node = {"__class__": "ndarray", "__module__": "numpy", "__loader__": "NdArrayNode", "file": "a.npy"}
    content = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
    return skops({"a.npy": content}, **node)


DAMAGED = {
    "version 5": (xgboost(version=5), "its version is not a list of numbers"),
    "no version": (xgboost(version=None), "its version is not a list of numbers"),
    "a version of 4,200 digits": (xgboost(version=[10**4200]), "its version is not a list of numbers"),
    "NaN for a name": (xgboost([float("nan"), float("inf")]), "its feature_names are not texts"),
    "1e999 for a name": (xgboost(["Q"]).replace(b'"Q"', b"1e999"), "its feature_names are not texts"),
    "sizes of 5,000 digits": (lightgbm(sizes="9" * 5_000), "its tree_sizes are not numbers"),
    "a feature of 5,000 digits": (lightgbm(feature="9" * 5_000), "splits by a feature"),
    "a child --1": (lightgbm(left="--1"), "a child that is none"),
    "bzip2 in a zip": (packed_by(12), "can't be unpacked"),
    "lzma in a zip": (packed_by(14), "can't be unpacked"),
    "two roots": (parquet(LEAF, LEAF), "its schema is not a tree"),
    "a field without a type": (array("{'descr':[('a',)],'shape':(0,)}"), "a header that is none"),
    "an empty field": (array("{'descr':[()],'shape':(0,)}"), "a header that is none"),
    "a number for a field": (array("{'descr':[5],'shape':(0,)}"), "a header that is none"),
    "a field of a number": (array("{'descr':[('a','<f4',5)],'shape':(0,)}"), "a header that is none"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_has_its_reason(tmp_path: Path, name: str) -> None:
    data, words = DAMAGED[name]
    assert words in refusal(tmp_path, data)


def test_the_samples_are_good_but_for_the_fault(tmp_path: Path) -> None:
    assert outcome(tmp_path, xgboost(["a"])) == "xgboost_json"
    assert outcome(tmp_path, lightgbm()) == "lightgbm"
    assert outcome(tmp_path, parquet(b"\x48\x01r\x15\x02\x00", LEAF)) == "parquet"


def test_a_number_of_more_than_64_bits_is_refused(tmp_path: Path) -> None:
    data = skops(__class__="dict", __module__="builtins", __loader__="DictNode")
    assert outcome(tmp_path, data) == "skops"
    huge = skops(__class__="dict", __module__="builtins", __loader__="DictNode", protocol=10**40)
    assert "more than 64 bits" in refusal(tmp_path, huge)


def test_any_other_error_of_a_reader_is_a_clear_reason(capsys: pytest.CaptureFixture[str]) -> None:
    def broken(_: Source) -> Any:
        raise IndexError("/secret/path")

    assert inspection_process.answer(Source.of(b"x"), broken, 1 << 30, PeakMemory()) == {"reason": UNREADABLE}
    assert "/secret/path" in capsys.readouterr().err


def test_the_child_tells_the_reason_too(tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(xgboost(version=5))
    assert ChildInspector().inspect(str(path)) == "the file is damaged: its version is not a list of numbers"


CALLED = [
    ("ConstructorFromReduceNode", "numpy", "savetxt"),
    ("ConstructorFromReduceNode", "numpy", "load"),
    ("ReduceNode", "numpy", "memmap"),
    ("ObjectNode", "numpy", "fromfile"),
    ("TypeNode", "numpy", "load"),
    ("DictNode", "numpy", "load"),
    ("ListNode", "sklearn.utils", "Bunch"),
    ("TupleNode", "numpy", "load"),
    ("LossNode", "sklearn.utils", "Parallel"),
    ("NdArrayNode", "numpy", "load"),
    ("RandomStateNode", "numpy", "load"),
    ("RandomGeneratorNode", "numpy.random._generator", "Generator"),
    ("ObjectNode", "sklearn.utils", "murmurhash3_32"),
]


@pytest.mark.parametrize(("loader", "module", "name"), CALLED)
def test_skops_calls_no_function_of_a_file(tmp_path: Path, loader: str, module: str, name: str) -> None:
    assert "it holds" in refusal(tmp_path, skops(__class__=name, __module__=module, __loader__=loader))


COMMENTS = (b"#" + b"x" * 100 + b"\n") * 11_000
TAG = b"object/apply:os.system [id]\n"
YAMLS = {
    "a handle": b"%TAG !p! tag:yaml.org,2002:python/\n---\na: !p!" + TAG + COMMENTS,
    "a whole tag": b"a: !<tag:yaml.org,2002:python/object/apply:os.system> [id]\n" + COMMENTS,
    "an escape": b"a: !!%70ython/" + TAG + COMMENTS,
    "between two blocks": b"#" + b"x" * ((1 << 20) - 9) + b"\na: !!python/" + TAG,
}


@pytest.mark.parametrize("name", YAMLS)
def test_a_long_text_has_no_tags_of_python(tmp_path: Path, name: str) -> None:
    assert "tags of Python objects" in refusal(tmp_path, YAMLS[name])


def test_exclamation_marks_in_a_long_text_are_no_tags(tmp_path: Path) -> None:
    assert outcome(tmp_path, b"Sale!! 50% off!!now python/ and !<b>\n" * 40_000) == "text"


def png(body: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"zzZp", body) + chunk(b"IDAT", zlib.compress(b"\0\0"))
    return b"\x89PNG\r\n\x1a\n" + chunks + chunk(b"IEND", b"")


def safetensors(body: bytes) -> bytes:
    info = {"dtype": "U8", "shape": [len(body)], "data_offsets": [0, len(body)]}
    header = json.dumps({"a": info}).encode()
    return struct.pack("<Q", len(header)) + header + body


ZIP = zipped({"__main__.py": b"print(1)"})


@pytest.mark.parametrize("data", [png(ZIP), png(ZIP[:-2] + b"\xff\x00"), safetensors(ZIP + b"xx"), safetensors(ZIP)])
def test_what_zipfile_opens_is_no_other_format(tmp_path: Path, data: bytes) -> None:
    assert zipfile.ZipFile(io.BytesIO(data)).namelist() == ["__main__.py"]
    assert "zip archive is appended" in refusal(tmp_path, data)


def test_the_mark_of_an_end_without_a_directory_is_no_archive(tmp_path: Path) -> None:
    assert outcome(tmp_path, safetensors(b"PK\x05\x06" + b"\x01" * 100)) == "safetensors"


@pytest.mark.parametrize("sum_", [b"+%05o  ", b"0_%05o ", b"%06o\0 "])
def test_what_tarfile_opens_is_no_text(tmp_path: Path, sum_: bytes) -> None:
    head = bytearray(b" " * 512)
    head[:9] = b"notes.txt"
    for at, text in ((100, b"0000644 "), (108, b"0000000 "), (116, b"0000000 "), (124, b"0" * 11), (136, b"0" * 11)):
        head[at : at + len(text)] = text
    head[156:157] = b"0"
    head[148:156] = (sum_ % (256 + sum(head[:148]) + sum(head[156:512])))[:8]
    with tarfile.open(fileobj=io.BytesIO(bytes(head) + b"\n")) as archive:
        assert archive.getnames()
    assert "tar archive" in refusal(tmp_path, bytes(head) + b"\n")


@pytest.mark.parametrize("text", ["{id: 1, name: x}\n", "{Location}: where it is\n", "{user: 1, name: x}\n"])
def test_a_text_that_begins_with_a_brace_is_no_ubjson(tmp_path: Path, text: str) -> None:
    assert outcome(tmp_path, text.encode()) in {"yaml", "text"}


def test_a_gguf_file_of_8827_tensors_is_one(tmp_path: Path) -> None:
    assert refusal(tmp_path, b"GGUF" + struct.pack("<IQQ", 3, 8827, 0)).startswith("the file is cut off")
