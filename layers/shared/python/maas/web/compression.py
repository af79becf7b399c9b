"""Large answers as gzip or deflate, for callers that accept it (RFC 9110, 12.5.3)."""

import gzip
import zlib
from collections.abc import Mapping

from maas.domain.errors import TooLarge

# Bytes. Compressing a smaller answer costs more time than it saves.
SMALL = 256 * 1024
# Lambda answers at most 6 MB. It escapes the quotes of text, and takes other bytes as base64, four bytes for three.
TEXT_MAX = 5 * 1024 * 1024
BYTES_MAX = 4_600_000
# The fastest level; the highest one saves another tenth in five times the time.
_LEVEL = 1


def compressed(body: bytes, accept_encoding: str | None, *, text: bool = True) -> tuple[bytes, Mapping[str, str]]:
    """`body` as it is, or compressed if it is large and the caller accepts that; and the headers that say so.

    Raises:
        TooLarge: Lambda would drop the answer.
    """
    if len(body) <= SMALL:
        return body, {}
    headers = {"vary": "accept-encoding"}
    coding = accepted_coding(accept_encoding)
    if not coding:
        most = TEXT_MAX if text else BYTES_MAX
        if len(body) > most:
            hint = "send accept-encoding: gzip or fewer rows, or choose `outputs`"
            raise TooLarge(f"the answer has {len(body)} bytes, uncompressed at most {most} are sent; {hint}")
        return body, headers
    packed = gzip.compress(body, _LEVEL, mtime=0) if coding == "gzip" else zlib.compress(body, _LEVEL)
    if len(packed) > BYTES_MAX:
        message = f"the answer has {len(packed)} bytes as {coding}, at most {BYTES_MAX} are sent"
        raise TooLarge(f"{message}; send fewer rows, or choose `outputs`")
    return packed, {**headers, "content-encoding": coding}


def accepted_coding(accept_encoding: str | None) -> str:
    """Returns gzip if the header accepts it, else deflate; empty if it accepts neither.

    Without the header a server may choose, and clients that don't send it often can't decompress.
    """
    qualities = dict(map(_coding, (accept_encoding or "").split(",")))
    named = [qualities[name] for name in ("gzip", "x-gzip") if name in qualities]
    if max(named, default=qualities.get("*", 0.0)) > 0:
        return "gzip"
    return "deflate" if qualities.get("deflate", 0.0) > 0 else ""


def _coding(part: str) -> tuple[str, float]:
    """A coding and its quality; 0 for a malformed quality."""
    name, _, parameter = part.partition(";")
    key, _, value = parameter.strip().partition("=")
    if not parameter:
        return name.strip().lower(), 1.0
    try:
        return name.strip().lower(), float(value) if key.strip().lower() == "q" else 0.0
    except ValueError:
        return name.strip().lower(), 0.0
