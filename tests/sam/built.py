"""What `sam build` made, as Lambda will unpack it, and what can be wrong with it."""

import _imp
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path
from typing import Any

from local.template import intrinsics
from local.template.document import FUNCTION

# Of CPython 3.13; the flag says: the hash of the source is in here, and is not to be compared (PEP 552).
MAGIC = (3571).to_bytes(2, "little") + b"\r\n"
UNCHECKED_HASH = (1).to_bytes(4, "little")
SIZE_MAX = 262_144_000  # bytes that a function and its layers may unpack to
_LEFT_OVER = {"test", "tests", "bin", ".lock", ".pytest_cache"}
_LEFT_OVER_ENDINGS = {".pyi", ".pyx", ".pxd", ".h", ".c", ".a"}


@dataclass(frozen=True)
class BuiltFunction:
    """`layers` are the folders that Lambda unpacks into /opt, in its order; `environment` has parameters' defaults."""

    name: str
    code: Path
    layers: tuple[Path, ...]
    environment: Mapping[str, str]

    @property
    def parts(self) -> tuple[Path, ...]:
        return self.code, *self.layers

    @property
    def size(self) -> int:
        """Bytes, unpacked."""
        return sum(size(part) for part in self.parts)

    @property
    def packages(self) -> list[Distribution]:
        return [PathDistribution(found) for layer in self.layers for found in sorted(layer.glob("python/*.dist-info"))]


def functions(template: Path) -> list[BuiltFunction]:
    """Those of a built template."""
    document = intrinsics.load(template)
    resources = document["Resources"]

    def folder(path: str) -> Path:
        return (template.parent / path).resolve()  # a cached build is a link

    def function(name: str, properties: dict[str, Any]) -> BuiltFunction:
        layers = [resources[layer["Ref"]]["Properties"]["ContentUri"] for layer in properties["Layers"]]
        variables = document["Globals"]["Function"]["Environment"]["Variables"] | properties["Environment"]["Variables"]
        environment = {key: _text(value, document["Parameters"]) for key, value in variables.items()}
        return BuiltFunction(name, folder(properties["CodeUri"]), tuple(map(folder, layers)), environment)

    return [function(name, body["Properties"]) for name, body in resources.items() if body["Type"] == FUNCTION]


def _text(value: Any, parameters: Mapping[str, Any]) -> str:
    """A variable's value: a parameter's default, or any name for what a deployment makes."""
    if isinstance(value, dict):
        return str(parameters.get(value.get("Ref", ""), {}).get("Default", "made-by-the-deployment"))
    return str(value)


def size(folder: Path) -> int:
    """Bytes of all files in it."""
    return sum(file.stat().st_size for file in _files(folder))


def left_over(folder: Path) -> list[str]:
    """Files and folders that no function reads."""
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.name in _LEFT_OVER or path.suffix in _LEFT_OVER_ENDINGS
    ]


def foreign(folder: Path) -> list[str]:
    """Extension modules that Python 3.13 does not load: those of another version, or of another system."""
    modules = [file for file in _files(folder) if file.suffix == ".so" and ".cpython-" in file.name]
    return [file.name for file in modules if not file.name.endswith(".cpython-313-x86_64-linux-gnu.so")]


def badly_compiled(folder: Path) -> list[str]:
    """Modules whose bytecode is absent, of another Python or source, or compared with its source at import."""
    return [
        f"{file.relative_to(folder)}: {fault}"
        for file in _files(folder)
        if file.suffix == ".py" and (fault := _fault(file))
    ]


def unused(packages: Iterable[Distribution], loaded: Iterable[str]) -> list[str]:
    """Packages of which no file is among `loaded` (paths within the layer)."""
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
        return "bytecode is compared with the source"
    expected = _imp.source_hash(int.from_bytes(MAGIC, "little"), source.read_bytes())
    return "" if code[8:16] == expected else "bytecode of another source"


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())
