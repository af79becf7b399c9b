"""Objects of Python files, which commands name as FILE.py:NAME, and examples of data for them."""

import importlib
import importlib.util
import os
import re
import sys
from contextlib import redirect_stdout
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import Any

from maas_client.cli.rows import Rows, read_rows
from maas_client.errors import FileError, MissingFile
from maas_client.local_files import is_text

_NAMED = re.compile(r"(?P<file>.+\.py):(?P<name>\w+)", re.DOTALL)
_NO_PANDAS = "has columns of words, for which pandas is needed: pip install pandas"


def is_object(text: str) -> bool:
    """Returns whether a text names an object of a Python file, and no file itself."""
    return _NAMED.fullmatch(text) is not None and is_text(text) and not Path(text).exists()


def loaded(text: str) -> Any:
    """Runs a Python file, and returns its object of that name. What the file prints goes to stderr.

    Modules beside the file, and in the current folder, can be imported. Raises FileError, MissingFile.
    """
    found = _NAMED.fullmatch(text)
    assert found is not None
    path, name = Path(found["file"]), found["name"]
    if not path.is_file():
        raise MissingFile(f"{path} does not exist")
    module = _run(path)
    if not hasattr(module, name):
        raise FileError(f"{path} has no {name!r} when it has run{_meant(module, name)}")
    value = getattr(module, name)
    if value is None or isinstance(value, str | bytes | os.PathLike | ModuleType):
        raise FileError(f"{text} is {_kind(value)}: name an object, such as a fitted estimator or an array")
    return value


def example_of(text: str) -> Any:
    """Returns rows of data: an object of a Python file, or what a file of CSV, JSON or Parquet has.

    Raises FileError, MissingFile, UnreadableFile.
    """
    if text.isidentifier() and not Path(text).exists():
        raise MissingFile(f"{text} does not exist; an object of a Python file is written FILE.py:{text}")
    return loaded(text) if is_object(text) else _data(text, read_rows(text, None, as_lists=False))


def _run(path: Path) -> ModuleType:
    """Returns the module of a file. A second object of the file does not run it again."""
    name, place = path.stem, path.resolve()
    known = sys.modules.get(name)
    if known is not None and getattr(known, "__file__", None) == str(place):
        return known
    if known is not None:
        raise FileError(f"{path} has the name of the module {name}, which is in use here: give it another one")
    spec = importlib.util.spec_from_file_location(name, place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    for folder in (str(Path.cwd()), str(place.parent)):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    sys.modules[name] = module  # where pickles and dataclasses look for it
    try:
        with redirect_stdout(sys.stderr):
            spec.loader.exec_module(module)
    except SystemExit as error:
        raise FileError(f"{path} has ended itself ({error}) before it had a model") from error
    except Exception as error:
        raise FileError(f"{path} fails: {_failure(error, place)}") from error
    return module


def _failure(error: Exception, place: Path) -> str:
    """Returns one line about an error of somebody's file, with the line of the file at which it was."""
    number, trace = getattr(error, "lineno", None) if isinstance(error, SyntaxError) else None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(place):
            number = trace.tb_lineno
        trace = trace.tb_next
    where = f" (line {number})" if number else ""
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}{where}"


def _meant(module: ModuleType, name: str) -> str:
    names = [each for each in vars(module) if not each.startswith("_")]
    near = get_close_matches(name, names, n=1)
    return f": do you mean {near[0]}?" if near else ""


def _kind(value: Any) -> str:
    return "None" if value is None else f"a {type(value).__name__}"


def _data(path: str, rows: Rows) -> Any:
    """Returns rows as a frame if they have names and pandas is there; otherwise as lists, which must be numbers."""
    if not rows.records:
        return rows.values
    try:
        return importlib.import_module("pandas").DataFrame(rows.values)
    except ImportError:
        lists = [[*row.values()] for row in rows.values]
        if any(isinstance(value, str) for row in lists for value in row):
            raise FileError(f"{path} {_NO_PANDAS}") from None
        return lists
