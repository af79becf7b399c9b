"""`python -m tests.sam.cold_start` prints each handler's import time in Lambda's image, with and without bytecode.

`python -m tests.sam.cold_start authorizer` compares the authorizer with the libraries that it loads, alone.
"""

import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import median

from local.sam import cli
from tests.sam.built import BuiltFunction, functions
from tests.sam.lambda_image import import_handler

_RUNS, _PAIRS = 5, 15


def main() -> None:
    """Prints medians of 5 runs, each in a new container.

    Times are processor seconds, because other work on the machine affects them least.
    """
    print(f"{'function':20} {'with':>6} {'without':>8}")
    for function in functions(cli.build(cli.WORK / "tests")):
        with tempfile.TemporaryDirectory(dir=cli.WORK) as folder:
            bare = _without_bytecode(function, Path(folder))
            print(f"{function.name:20} {_seconds(function):6.2f} {_seconds(bare):8.2f}", flush=True)


def authorizer() -> None:
    """Prints the import of the authorizer beside that of its libraries and one read of its secret, in turns."""
    function = next(each for each in functions(cli.build(cli.WORK / "tests")) if each.name == "AuthorizerFunction")
    libraries = _libraries(import_handler(function).loaded)
    pairs = [
        (import_handler(function).seconds, import_handler(function, "--instead", *libraries).seconds)
        for _ in range(_PAIRS)
    ]
    own, floor = (median(each) for each in zip(*pairs, strict=True))
    print(f"authorizer {own:.3f} s, its {len(libraries)} modules of libraries alone {floor:.3f} s: {own / floor:.2f}")


def _libraries(loaded: list[str]) -> list[str]:
    """The modules of other packages than ours among loaded files, such as jwt/algorithms.py."""
    names = [file.partition(".")[0].replace("/", ".").removesuffix(".__init__") for file in loaded]
    return [name for name in names if name.partition(".")[0] != "maas"]


def _without_bytecode(function: BuiltFunction, folder: Path) -> BuiltFunction:
    copies = [folder / str(number) for number in range(len(function.layers))]
    for layer, copy in zip(function.layers, copies, strict=True):
        shutil.copytree(layer, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return replace(function, layers=tuple(copies))


def _seconds(function: BuiltFunction) -> float:
    return median(import_handler(function).seconds for _ in range(_RUNS))


if __name__ == "__main__":
    authorizer() if sys.argv[1:] == ["authorizer"] else main()
