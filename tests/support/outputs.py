"""Outputs of predictions as Python values."""

from collections.abc import Mapping
from typing import Any

from maas.domain.inference.outputs import Output


def plain(outputs: Mapping[str, Output] | None) -> dict[str, Any] | None:
    """Returns the nested lists by name."""
    return None if outputs is None else {name: output.values() for name, output in outputs.items()}
