"""YAML: its events alone. No value is built, so neither tags nor aliases have an effect here."""

import re
from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

import yaml

from maas.adapters.formats.findings import shown
from maas.adapters.formats.refusals import RefusedError, damaged

SIZE_MAX = 1 << 20
DEPTH_MAX = 64
# What the aliases of a text stand for together. Programs that build all of it would run out of memory.
EXPANDED_MAX = 1_000_000
# What YAML may write for a tag of Python: a handle of its own, a whole tag, and escapes in both.
_HANDLE = re.compile(rb"%TAG[ \t]")
_TAG = re.compile(rb"!(?:!|<)([^\s>]{1,300})")
_OVERLAP = 400
_STANDARD = "tag:yaml.org,2002:"
_TAGS_TEXT = """
str int float bool null map seq timestamp binary set omap pairs merge value
"""
_TAGS = frozenset(_TAGS_TEXT.split())
_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def keys(text: str) -> list[str]:
    """The keys of the top-level mapping, or nothing for a text that is not YAML or has no mapping there.

    Raises RefusedError for tags that build objects, for too deep nesting, and for aliases that stand for too much.
    """
    found = _Walk()
    try:
        for event in yaml.parse(text, Loader=_PARSER):
            found.step(event)
    except (yaml.YAMLError, RecursionError, ValueError):
        return []
    return found.keys if found.documents == found.mappings else []


def has_python_tags(blocks: Iterable[bytes]) -> bool:
    """Returns whether a text that is too long to be parsed could have tags of Python objects."""
    last = b""
    for block in blocks:
        part = last + block
        if _HANDLE.search(part) or any(b"python/" in unquote_to_bytes(found[1]) for found in _TAG.finditer(part)):
            return True
        last = part[-_OVERLAP:]
    return False


class _Walk:
    def __init__(self) -> None:
        self.documents = self.mappings = 0
        self.keys: list[str] = []
        self._sizes: dict[str, int] = {}
        # For each open collection: its anchor, the nodes in it so far, and whether the next one is a key.
        self._open: list[list[object]] = []
        self._counts: list[int] = [0]

    def step(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
        elif isinstance(event, yaml.AliasEvent):
            self._add(self._sizes.get(event.anchor or "", 1), None)
        elif isinstance(event, yaml.ScalarEvent):
            _check_tag(event.tag)
            self._name(event)
            self._add(1, event.anchor)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._begin(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, size = self._open.pop()[0], self._counts.pop()
            self._add(size + 1, anchor if isinstance(anchor, str) else None)

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        _check_tag(event.tag)
        if len(self._open) >= DEPTH_MAX:
            raise RefusedError(f"it is YAML that is nested deeper than {DEPTH_MAX} levels")
        if not self._open and isinstance(event, yaml.MappingStartEvent):
            self.mappings += 1
        self._open.append([event.anchor, isinstance(event, yaml.MappingStartEvent), True])
        self._counts.append(0)

    def _name(self, event: yaml.ScalarEvent) -> None:
        if len(self._open) == 1 and self._open[0][1] and self._open[0][2]:
            self.keys.append(event.value)

    def _add(self, size: int, anchor: str | None) -> None:
        self._counts[-1] += size
        if self._counts[-1] > EXPANDED_MAX:
            raise RefusedError(f"it is YAML whose aliases stand for more than {EXPANDED_MAX} values")
        if anchor:
            self._sizes[anchor] = size
        if self._open:
            self._open[-1][2] = not self._open[-1][2]


def _check_tag(tag: str | None) -> None:
    if tag and tag != "!" and not (tag.startswith(_STANDARD) and tag.removeprefix(_STANDARD) in _TAGS):
        raise damaged(f"it is YAML with the tag {shown(tag)}, which builds an object")
