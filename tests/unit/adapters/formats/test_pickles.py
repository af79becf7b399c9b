"""The scan sees what a pickle's opcodes execute, whether or not they go on to an end; ordinary texts are no pickles."""

import contextlib
import pickle
from pathlib import Path
from unittest.mock import patch

import joblib
import pytest

from maas.adapters.formats.pickles import scan
from maas.adapters.formats.source import Source
from tests.samples.pickle_files import CALL, RUNS
from tests.support.format_files import found, refusal


@pytest.mark.parametrize("name", RUNS)
def test_what_runs_before_it_ends_or_fails_is_refused(tmp_path: Path, name: str) -> None:
    assert "a Python pickle" in refusal(tmp_path, RUNS[name])


def test_these_files_run_a_command_in_the_unpickler() -> None:
    for name in ("many opcodes", "no end", "base 16", "base 16, long", "64 MiB", "a name from the memo", "INST", "OBJ"):
        failing = contextlib.suppress(pickle.UnpicklingError, EOFError)
        with patch("os.system", return_value=0) as system, failing:
            pickle.loads(RUNS[name])
        system.assert_called_once_with("echo PWNED")


TEXTS = [
    "cat\ndog\nbird\n",
    "cast\nMadonna\nAntonio Banderas\n",
    "ios\nandroid\nweb\n",
    "city,price\nBerlin,3\nParis,4\n",
    "count\n1\n2\n3\n",
    "cos\n0.5\n1.0\n",
    "Project\n=======\nWhat it does.\n",
    "Panda\ncat\ndog\nsnake\n",
    "(c) 2024 A Company\nAll rights reserved\nor not\n",
    "Price list\ncars, 3\nbikes, 4\n",
    "import numpy\nimport os\n",
    "MIT License\n\nCopyright (c) 2024\n",
    "class\n0\n1\n",
    "INFO started\nINFO ended\n",
    "N/A\n",
    "K-means\n",
    "Version 1\nVersion 2\n",
    "I\nwandered\nlonely as a cloud\n",
    "(lines\nof a poem)\n",
    "0 1 2\n",
    "Q1,Q2\n1,2\n",
    "]\n",
    "S'il vous plait\n",
    "L1 and L2\n",
    "GNU GENERAL PUBLIC\n",
    "classes:\n- a\n- b\n",
    "code of conduct\n\nBe kind.\n",
    "Jane\nJohn\n",
    "Fig. 1\n",
    "Python\ncode\nis\nfun\n",
]


@pytest.mark.parametrize("text", TEXTS)
def test_an_ordinary_text_is_no_pickle(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, text.encode())["format"] in {"text", "markdown", "csv", "yaml", "json"}


def test_a_word_that_imports_what_is_there_is_a_pickle(tmp_path: Path) -> None:
    for name in ("parse", "literal_eval", "sys.modules"):
        assert "a Python pickle" in refusal(tmp_path, f"cast\n{name}\n".encode())


def test_the_texts_of_this_project_are_no_pickles() -> None:
    root = Path(__file__).parents[4]
    texts = [path for end in ("md", "py", "json", "csv", "yaml", "toml") for path in root.glob(f"docs/**/*.{end}")]
    texts += [*root.glob("*.md"), *root.glob("layers/shared/python/maas/**/*.py"), *root.glob("*.toml")]
    assert len(texts) > 100
    assert [str(path) for path in texts if scan(Source.of(path.read_bytes())).is_pickle] == []


def test_a_text_that_joblib_unpacks_and_loads_is_refused(tmp_path: Path) -> None:
    # A block that deflate stores as it is, of 0x4020 bytes: its length and the complement of that are UTF-8.
    data = b"x^P\x20\x40\xdf\xbf" + (CALL + b".").ljust(0x4020) + b"\n"
    (tmp_path / "notes.txt").write_bytes(data)
    with patch("os.system", return_value=0) as system, contextlib.suppress(Exception):
        joblib.load(tmp_path / "notes.txt")
    system.assert_called_once_with("echo PWNED")
    assert "a zlib file around a Python pickle" in refusal(tmp_path, data)
