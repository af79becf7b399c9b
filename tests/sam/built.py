"""The functions and layers that `sam build` creates, as Lambda unpacks them, and checks of their content."""

import _imp
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path
from typing import Any

from local.template import intrinsics
from local.template.document import FUNCTION

# The magic number of CPython 3.13. The flag: the file has the source's hash, which imports do not check (PEP 552).
MAGIC = (3571).to_bytes(2, "little") + b"\r\n"
UNCHECKED_HASH = (1).to_bytes(4, "little")
SIZE_MAX = 262_144_000  # the most bytes of a function and its layers, unpacked
_LEFT_OVER = {"test", "tests", "bin", ".lock", ".pytest_cache"}
_LEFT_OVER_ENDINGS = {".pyi", ".pyx", ".pxd", ".h", ".c", ".a"}


@dataclass(frozen=True)
class BuiltFunction:
    """A built function.

    `layers` are the folders that Lambda unpacks into /opt, in that order; `environment` has the parameters' defaults.
    """

    name: str
    code: Path
    layers: tuple[Path, ...]
    environment: Mapping[str, str]

    @property
    def parts(self) -> tuple[Path, ...]:
        return self.code, *self.layers

    @property
    def size(self) -> int:
        """The unpacked size in bytes."""
        return sum(size(part) for part in self.parts)

    @property
    def packages(self) -> list[Distribution]:
        return [PathDistribution(found) for layer in self.layers for found in sorted(layer.glob("python/*.dist-info"))]


def functions(template: Path) -> list[BuiltFunction]:
    """Returns the functions of a built template."""
    document = intrinsics.load(template)
    resources = document["Resources"]

    def folder(path: str) -> Path:
        return (template.parent / path).resolve()  # a cached build is a symbolic link

    def function(name: str, properties: dict[str, Any]) -> BuiltFunction:
        layers = [resources[layer["Ref"]]["Properties"]["ContentUri"] for layer in properties["Layers"]]
        variables = document["Globals"]["Function"]["Environment"]["Variables"] | properties["Environment"]["Variables"]
        environment = {key: _text(value, document["Parameters"]) for key, value in variables.items()}
        return BuiltFunction(name, folder(properties["CodeUri"]), tuple(map(folder, layers)), environment)

    return [function(name, body["Properties"]) for name, body in resources.items() if body["Type"] == FUNCTION]


def _text(value: Any, parameters: Mapping[str, Any]) -> str:
    """A variable's value: a parameter's default, or a placeholder for values that only a deployment sets.

    Of a choice by a condition it is the last branch, which a deployment with the defaults outside of prod takes.
    """
    if isinstance(value, dict) and "Fn::If" in value:
        return _text(value["Fn::If"][-1], parameters)
    if isinstance(value, dict):
        return str(parameters.get(value.get("Ref", ""), {}).get("Default", "set-by-the-deployment"))
    return str(value)


def size(folder: Path) -> int:
    """The size of all files in the folder, in bytes."""
    return sum(file.stat().st_size for file in _files(folder))


def left_over(folder: Path) -> list[str]:
    """The paths of files and folders that no function reads."""
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.name in _LEFT_OVER or path.suffix in _LEFT_OVER_ENDINGS
    ]


def foreign(folder: Path) -> list[str]:
    """The names of extension modules for another version of Python or another system than Lambda's."""
    modules = [file for file in _files(folder) if file.suffix == ".so" and ".cpython-" in file.name]
    return [file.name for file in modules if not file.name.endswith(".cpython-313-x86_64-linux-gnu.so")]


def badly_compiled(folder: Path) -> list[str]:
    """Modules whose bytecode is absent, of another Python or source, or checked against its source at import."""
    return [
        f"{file.relative_to(folder)}: {fault}"
        for file in _files(folder)
        if file.suffix == ".py" and (fault := _fault(file))
    ]


def unused(packages: Iterable[Distribution], loaded: Iterable[str]) -> list[str]:
    """The names of packages without a file among `loaded` (paths within the layer)."""
    files = {Path(file) for file in loaded}
    return [package.name for package in packages if not files & {Path(file) for file in package.files or ()}]


def _fault(source: Path) -> str:
    try:
        code = (source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc").read_bytes()
    except FileNotFoundError:
        return "no bytecode"
    if code[:4] != MAGIC:
        return "bytecode of another Python"
    if code[4:8] != UNCHECKED_HASH:
        return "bytecode is checked against the source"
    expected = _imp.source_hash(int.from_bytes(MAGIC, "little"), source.read_bytes())
    return "" if code[8:16] == expected else "bytecode of another source"


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())
