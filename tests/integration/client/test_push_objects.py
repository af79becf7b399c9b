"""`maas push FILE.py:NAME`: objects of Python files become versions, in a process of its own."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from maas.adapters.onnx import inspection
from tests.support.command import Command, told
from tests.support.fake_maas import FakeMaas
from tests.support.fake_maas_server import served

pytest.importorskip("skl2onnx")

_TRAIN = """
from sklearn.linear_model import LogisticRegression
from beside import ROWS, WORDS
print("training")
model = LogisticRegression(max_iter=500).fit(ROWS, WORDS)
rows = ROWS[:2]
nothing, path, one = None, "iris.onnx", 1
class Broken:
    def predict(self, rows):
        return rows
broken = Broken()
"""
_BESIDE = "ROWS = [[5.1, 3.5], [6.2, 2.9], [4.9, 3.0], [6.7, 3.1]]\nWORDS = ['a', 'b', 'a', 'b']\n"
_FRAMES = """
import pandas
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
data = pandas.DataFrame({"port": ["S", "C", "S", "Q"], "age": [20.0, 31.0, 45.5, 8.0]})
words = make_column_transformer((OneHotEncoder(), ["port"]), remainder="passthrough")
model = make_pipeline(words, LogisticRegression()).fit(data, [0, 1, 0, 1])
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("objects")
    (folder / "code").mkdir()
    for name, text in {
        "code/train.py": _TRAIN,
        "code/beside.py": _BESIDE,
        "frames.py": _FRAMES,
        "code/json.py": "model = 1",
        "fails.py": "\n\nimport no_such_module",
        "syntax.py": "model = (",
        "ends.py": "raise SystemExit('bye')",
        "rows.csv": "w,l\n5.1,3.5\n6.2,2.9\n",
        "rows.json": "[[5.1, 3.5], [6.2, 2.9]]",
        "mixed.csv": "port,age\nS,20\nQ,8\n",
        "empty.csv": "w,l\n",
        "odd.py:model": "a file whose name looks like an object",
    }.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture(scope="module")
def fake() -> FakeMaas:
    return FakeMaas(part_size=1_000_000)


@pytest.fixture(scope="module")
def maas(folder: Path, fake: FakeMaas) -> Iterator[Command]:
    with served(fake) as url:
        yield Command(folder, url)


@pytest.mark.parametrize(
    ("number", "source", "example"),
    [
        ("1.0.0", "code/train.py:model", "code/train.py:rows"),
        ("1.1.0", "code/train.py:model", "rows.csv"),
        ("1.2.0", "code/train.py:model", "rows.json"),
        ("1.3.0", "frames.py:model", "mixed.csv"),
    ],
)
def test_a_model_of_a_file_becomes_a_version(
    maas: Command, fake: FakeMaas, number: str, source: str, example: str
) -> None:
    done = maas("push", source, f"iris:{number}", "--example", example)
    assert done.returncode == 0, done.stderr
    version = json.loads(done.stdout)
    assert (version["version"], version["metadata"]["framework"]) == (number, "sklearn")
    assert inspection.inspect([*fake.uploads.values()][-1].content())["signature"]["inputs"]


def test_a_parquet_file_is_an_example(maas: Command, folder: Path) -> None:
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pa.table({"w": [5.1, 6.2], "l": [3.5, 2.9]}), folder / "rows.parquet")
    done = maas("push", "code/train.py:model", "iris:1.4.0", "--example", "rows.parquet")
    assert done.returncode == 0, done.stderr


def test_what_the_file_prints_is_not_in_the_answer(maas: Command) -> None:
    done = maas("push", "code/train.py:model", "iris:1.5.0", "--example", "code/train.py:rows", "-q")
    assert (done.returncode, done.stdout) == (0, "1.5.0\n")
    assert done.stderr.count("training") == 1  # the example does not run the file again


def test_a_file_of_such_a_name_is_a_file(maas: Command) -> None:
    """Whose name no version can have."""
    told(maas("push", "odd.py:model", "odd:1.0.0"), 1, "rename the file 'odd.py:model'")


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ("code/train.py:modell --example rows.csv", 1, "has no 'modell' when it has run: do you mean model?"),
        ("code/train.py:zzz --example rows.csv", 1, "has no 'zzz' when it has run$"),
        ("none.py:model --example rows.csv", 4, "none.py does not exist"),
        ("code/train.py:model", 2, "give --example"),
        ("code/train.py:model --example none.csv", 4, "none.csv does not exist"),
        (
            "code/train.py:model --example rows",
            4,
            "rows does not exist; an object of a Python file is written FILE.py:rows",
        ),
        ("code/train.py:model --example empty.csv", 1, "empty.csv has no rows"),
        ("code/train.py:nothing --example rows.csv", 1, "train.py:nothing is None: name an object"),
        ("code/train.py:path --example rows.csv", 1, "train.py:path is a str: name an object"),
        ("code/train.py:one --example rows.csv", 1, "a int is neither a file nor a model"),
        ("code/train.py:broken --example rows.csv", 1, "Broken can't be converted"),
        ("code/train.py:model --example mixed.csv", 1, "LogisticRegression can't be converted"),
        ("code/train.py:model --example rows.csv --class-names x,,y", 2, "must be words with commas"),
        ("fails.py:model --example rows.csv", 1, r"ModuleNotFoundError: No module named 'no_such_module' \(line 3\)"),
        ("syntax.py:model --example rows.csv", 1, r"SyntaxError: .*\(line 1\)"),
        ("ends.py:model --example rows.csv", 1, r"ends.py has ended itself \(bye\)"),
        ("code/json.py:model --example rows.csv", 1, "has the name of the module json, which is in use"),
        ("rows.csv --example rows.csv", 2, "--example is for objects of a Python file"),
        ("rows.csv --class-names a,b", 2, "--class-names is for objects of a Python file"),
    ],
)
def test_a_mistake_is_one_line(maas: Command, arguments: str, status: int, words: str) -> None:
    source, *options = arguments.split()
    done = maas("push", source, "other:1.0.0", *options)
    done.stderr = done.stderr.replace("training\n", "")
    told(done, status, words)
