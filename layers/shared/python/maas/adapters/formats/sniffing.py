"""The reader of a file, by its content alone. A file's name decides nothing."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Protocol, cast

from maas.adapters.formats import safetensors
from maas.adapters.formats.source import Source

_HEAD = 512
_PACKAGE = "maas.adapters.formats."
_ONNX = "maas.adapters.onnx.inspection"

# The first rule that the beginning of a file fulfils, with the module that reads such files.
_RULES: tuple[tuple[Callable[[bytes, int], bool], str], ...] = ((safetensors.is_safetensors, f"{_PACKAGE}safetensors"),)


class Findings(Protocol):
    """A valid file, as the object that the child prints."""

    def document(self) -> Mapping[str, Any]: ...


Reader = Callable[[Source], Findings]


def reader_of(file: Source) -> Reader:
    """Imports and returns the reader for the file; it raises RefusedError if the file breaks the format's rules."""
    head = file.head(_HEAD)
    module = next((module for rule, module in _RULES if rule(head, file.size)), _ONNX)
    return cast("Reader", import_module(module).read)
