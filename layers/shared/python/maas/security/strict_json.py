"""Strict reading of tokens: one spelling of each segment, and no repeated name in an object."""

import base64
import json
from typing import Any


def segments(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a signed token, before anything is verified.

    Refuses what PyJWT would accept: segments in another spelling, and repeated names, of which it would take the last.

    Raises:
        ValueError, TypeError, RecursionError: the token has not this form.
    """
    header, claims, _ = (_decoded(segment) for segment in token.encode("ascii").split(b"."))
    return strict_object(header), strict_object(claims)


def strict_object(text: bytes) -> dict[str, Any]:
    """Parses a JSON object. Raises ValueError, TypeError or RecursionError if it is not one, or repeats a name."""
    parsed = json.loads(text, object_pairs_hook=_unrepeated)
    if not isinstance(parsed, dict):
        raise TypeError("not an object")
    return parsed


def _decoded(segment: bytes) -> bytes:
    """Decodes base64url. Raises ValueError for padding, foreign characters and spare bits that are not zero."""
    decoded = base64.urlsafe_b64decode(segment + b"=" * (-len(segment) % 4))
    if base64.urlsafe_b64encode(decoded).rstrip(b"=") != segment:
        raise ValueError("not the only spelling")
    return decoded


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    if len(unique) != len(pairs):
        raise ValueError("a name is repeated")
    return unique
