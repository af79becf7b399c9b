"""Outputs of predictions as Python values."""

from collections.abc import Mapping
from typing import Any

from maas.domain.catalog.versions import Artifact
from maas.domain.inference.outputs import Form, Output, Wanted


def plain(outputs: Mapping[str, Output] | None) -> dict[str, Any] | None:
    """Returns the nested lists by name."""
    return None if outputs is None else {name: output.values() for name, output in outputs.items()}


def nested(artifact: Artifact) -> list[Wanted]:
    """Returns all outputs of the artifact as nested lists."""
    return [Wanted(tensor, Form.NESTED) for tensor in artifact.signature.outputs]
