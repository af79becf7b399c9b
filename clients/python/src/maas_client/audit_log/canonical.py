# Made by tools/client_audit.py from the server's module of this name: do not edit.
"""Canonical JSON (RFC 8785) and digests of it.

Numbers are integers alone: how to write other ones is the hard part of the RFC, and no record has any. Our own code,
because the verifier must run with the standard library alone.
"""

import hashlib
import json
from typing import Any

# Integers that every JSON parser reads exactly (RFC 7493, 2.2).
INTEGER_MAX = 2**53 - 1
_TOO_DEEP = "is nested too deeply"


def canonical(value: Any) -> bytes:
    """The only spelling of a JSON value.

    Raises:
        ValueError: it has a number that is not an integer below 2^53, a lone surrogate, a name that is not a text, or
            another type that JSON lacks; or it is nested too deeply.
    """
    try:
        text = json.dumps(_ordered(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    return text.encode()


def digest(value: Any) -> str:
    """SHA-256 over the canonical JSON, as 64 hexadecimal digits. Raises ValueError as `canonical` does."""
    return hashlib.sha256(canonical(value)).hexdigest()


def parsed(text: bytes | str) -> Any:
    """The value of a JSON text. Raises ValueError for anything that `canonical` could not write, and repeated names."""
    try:
        return json.loads(text, object_pairs_hook=_unrepeated, parse_float=_refused, parse_constant=_refused)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None


def _ordered(value: Any) -> Any:
    """The value with names in the order of their UTF-16 code units, as the RFC has them."""
    if isinstance(value, dict):
        return {name: _ordered(value[name]) for name in sorted(value, key=_utf16)}
    if isinstance(value, list | tuple):
        return [_ordered(item) for item in value]
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int) and abs(value) <= INTEGER_MAX:
        return value
    raise ValueError(f"{type(value).__name__} has no canonical JSON here")


def _utf16(name: Any) -> bytes:
    if not isinstance(name, str):
        raise ValueError("a name is not a text")  # noqa: TRY004 - one error for all that has no canonical JSON
    return name.encode("utf-16-be")


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    if len(unique) != len(pairs):
        raise ValueError("a name is repeated")
    return unique


def _refused(text: str) -> Any:
    raise ValueError(f"{text[:20]} is not an integer")
