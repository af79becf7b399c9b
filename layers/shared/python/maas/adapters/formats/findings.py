"""A reader's findings in a file, as the bounded JSON that the child prints.

A file may have millions of names, so every list is bounded and comes with the full count.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from maas.adapters.formats.refusals import damaged

# Above real models: large exports have a few thousand tensors, with names of about 60 characters.
TENSORS_MAX, OPERATORS_MAX = 10_000, 1_000
# The maximum size of the list of operators, and of the list of tensors, as JSON.
BYTES_MAX = 2 * 1024 * 1024
NAME_MAX = 256
# The maximum JSON of the details, which a record of the registry has beside the signature.
DETAILS_MAX = 12 * 1024
_ENTRIES_MAX = 200
# A digest of 128 bits detects differences, and does not protect against forgery.
_DIGEST_CHARACTERS = 32


@dataclass(slots=True)
class Found:
    """A valid file.

    `details` are counts and short texts; of each list and mapping in it as many entries are kept as fit.
    `operators` are (domain, name) with a count and a digest; `tensors` are entries of `tensor`, sorted by their names.
    """

    format: str
    details: dict[str, Any]
    operators: Mapping[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    tensors: Iterable[dict[str, Any]] = ()
    tensor_count: int = 0

    def document(self) -> dict[str, Any]:
        """The object that the child prints."""
        operators = [
            {"domain": shown(domain), "name": shown(name), "count": count, "content": content}
            for (domain, name), (count, content) in sorted(self.operators.items())
        ]
        graph = {
            "opsets": {},
            "operators": bounded(operators[:OPERATORS_MAX]),
            "operator_count": len(operators),
            "tensors": bounded(self.tensors),
            "tensor_count": self.tensor_count,
        }
        return {
            "format": self.format,
            "details": fitted(self.details),
            "signature": {"inputs": [], "outputs": []},
            "graph": graph,
        }


def tensor(name: str, dtype: str, shape: Iterable[int], content: str) -> dict[str, Any]:
    """A tensor of the summary. `content` is a digest of its values, empty if unknown."""
    return {"scope": "", "name": shown(name), "dtype": dtype, "shape": list(shape), "content": content}


def fitted(details: Mapping[str, Any]) -> dict[str, Any]:
    """The details with the first entries of their lists and mappings, as many as fit into DETAILS_MAX together."""
    found: dict[str, Any] = {name: _plain(value) for name, value in details.items() if not _is_many(value)}
    left = DETAILS_MAX - len(json.dumps(found))
    for name, value in details.items():
        if _is_many(value):
            kept, left = _first(value, left - len(name) - 8)
            found[name] = kept
    return {name: found[name] for name in details}


def _is_many(value: Any) -> bool:
    return isinstance(value, list | dict)


def _first(value: list[Any] | dict[str, Any], left: int) -> tuple[Any, int]:
    items = list(value.items() if isinstance(value, dict) else enumerate(value))
    kept: list[tuple[Any, Any]] = []
    for key, item in items[:_ENTRIES_MAX]:
        entry = (shown(key) if isinstance(key, str) else key), _plain(item)
        left -= len(json.dumps(entry))
        if left < 0:
            break
        kept.append(entry)
    return (dict(kept) if isinstance(value, dict) else [item for _, item in kept]), left


def _plain(value: Any) -> Any:
    """The value with short texts, and with numbers that every reader of JSON takes."""
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 64:
        raise damaged("it has a whole number of more than 64 bits")
    if isinstance(value, dict):
        return {shown(str(name)): _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def shown(text: str) -> str:
    """A text from a file for people: short, and without control characters and lone surrogates."""
    return "".join(c if c.isprintable() else "\ufffd" for c in short(text))


def digest(parts: Iterable[bytes]) -> str:
    """A digest of parts, each with its length."""
    found = hashlib.sha256()
    for part in parts:
        found.update(len(part).to_bytes(8))
        found.update(part)
    return found.hexdigest()[:_DIGEST_CHARACTERS]


def digest_of_blocks(blocks: Iterable[bytes]) -> str:
    """A digest of the bytes of all blocks, however they are cut."""
    found = hashlib.sha256()
    for block in blocks:
        found.update(block)
    return found.hexdigest()[:_DIGEST_CHARACTERS]


def short(name: str) -> str:
    """Shortens a name to at most NAME_MAX characters; different names stay different."""
    if len(name) <= NAME_MAX:
        return name
    return f"{name[: NAME_MAX - 17]}…{digest([name.encode(errors='replace')])[:16]}"


def bounded(items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first items, as many as fit into BYTES_MAX."""
    return list(_bounded(items))


def _bounded(items: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    left = BYTES_MAX
    for item in items:
        left -= len(json.dumps(item))
        if left < 0:
            return
        yield item
