"""The reader of a file, by its content alone. A file's name decides nothing."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Protocol, cast

from maas.adapters.formats import disguises, foreign, safetensors, tflite, xgboost
from maas.adapters.formats.source import Source

_HEAD = 512
_PACKAGE = "maas.adapters.formats."
_ONNX = "maas.adapters.onnx.inspection"

Rule = Callable[[bytes, int], bool]


def _begins(*marks: bytes) -> Rule:
    return lambda head, _size: head.startswith(marks)


# The first rule that the beginning of a file fulfils, with the module that reads such files. Others may be ONNX.
_RULES: tuple[tuple[Rule, str], ...] = (
    (lambda _head, size: not size, "empty"),
    (_begins(b"GGUF"), "gguf"),
    (_begins(b"PAR1"), "parquet"),
    (safetensors.is_safetensors, "safetensors"),
    (_begins(b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"), "images"),
    (_begins(b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"), "zips"),
    (tflite.is_tflite, "tflite"),
    (xgboost.is_ubjson, "xgboost"),
    (_begins(b"tree\nversion="), "lightgbm"),
    (foreign.is_foreign, "foreign"),
    (foreign.is_text, "texts"),
)


class Findings(Protocol):
    """A valid file, as the object that the child prints."""

    def document(self) -> Mapping[str, Any]: ...


Reader = Callable[[Source], Findings]


def reader_of(file: Source) -> Reader:
    """Imports and returns the reader for the file; it raises RefusedError if the file breaks the format's rules."""
    head = file.head(_HEAD)
    name = next((name for rule, name in _RULES if rule(head, file.size)), "")
    reader = cast("Reader", import_module(f"{_PACKAGE}{name}" if name else _ONNX).read)

    def read(file: Source) -> Findings:
        if name != "foreign":  # its reader names pickles too
            disguises.check(file)
        return reader(file)

    return read
