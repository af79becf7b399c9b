"""The formats of files: those that are served, those that are kept, and companions (docs/formats.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a version does with a file of a format."""

    SERVED = "served"  # predictions run it
    KEPT = "kept"  # a model that can be published and downloaded
    COMPANION = "companion"  # no model; it may accompany one


@dataclass(frozen=True, slots=True)
class Format:
    """A format.

    `title` is its name for people with an article. A download is saved under a name with `suffix`. `to_onnx` tells
    people how such a model becomes one that is served.
    """

    name: str
    kind: Kind
    title: str
    suffix: str
    to_onnx: str = ""


ONNX = "onnx"

FORMATS: Mapping[str, Format] = {
    each.name: each
    for each in (
        Format(ONNX, Kind.SERVED, "an ONNX file", ".onnx"),
        Format("safetensors", Kind.KEPT, "a safetensors file", ".safetensors", "export the model itself to ONNX"),
    )
}


def named(*kinds: Kind) -> str:
    """The names of all formats of some kinds, for people."""
    return ", ".join(each.name for each in FORMATS.values() if each.kind in kinds)


MODELS = named(Kind.SERVED, Kind.KEPT)


def is_served(name: str) -> bool:
    """Returns whether predictions run files of this format."""
    return name in FORMATS and FORMATS[name].kind is Kind.SERVED


def suffix(name: str) -> str:
    """The end of a file name of this format; empty if the format is not known."""
    return FORMATS[name].suffix if name in FORMATS else ""
