"""Reads files with the readers of the validator's child, in this process."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from maas.adapters.formats.refusals import RefusedError
from maas.adapters.formats.sniffing import reader_of
from maas.adapters.formats.source import Source


def found(folder: Path, data: bytes, reader: str = "") -> dict[str, Any]:
    """What the reader of the file finds, or the module `reader` of formats; as JSON carries it. Raises RefusedError."""
    path = folder / "file"
    path.write_bytes(data)
    with path.open("rb") as file:
        source = Source.opened(file.fileno())
        read = import_module(f"maas.adapters.formats.{reader}").read if reader else reader_of(source)
        document: dict[str, Any] = json.loads(json.dumps(read(source).document(), allow_nan=False))
    return document


def refusal(folder: Path, data: bytes) -> str:
    """The reason why the file is refused."""
    with pytest.raises(RefusedError) as caught:
        found(folder, data)
    return str(caught.value)


def outcome(folder: Path, data: bytes, reader: str = "") -> str:
    """The name of the format, or the reason why the file is refused. Any other error is a fault of the reader."""
    try:
        return str(found(folder, data, reader)["format"])
    except RefusedError as error:
        return str(error)
