"""The result of a conversion."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Converted:
    """A file, the framework of its model, and what describes the version.

    `difference` is the largest one between the object and the file on the example.
    """

    content: bytes = field(repr=False)
    framework: str
    metadata: dict[str, Any]
    difference: float
