"""Bodies of requests that are compressed with gzip or deflate (RFC 9110, 8.4.1)."""

import zlib

from maas.domain.errors import InvalidInput, Rule, TooLarge

# zlib's words for a header of gzip, and of zlib itself, which HTTP calls deflate. Some senders leave that one out.
_GZIP, _ZLIB, _BARE = 31, 15, -15
_WINDOWS = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": _ZLIB}
CODINGS = "gzip, deflate, identity"


class UnknownCoding(Exception):
    """A body has another content coding than CODINGS, or several."""


def decoded(body: bytes, content_encoding: str | None, most: int) -> bytes:
    """`body` without its content coding. Never takes more memory than `most` bytes beside `body`.

    Raises:
        UnknownCoding
        InvalidInput: the body is not what its coding says.
        TooLarge: it has more than `most` bytes once it is decompressed.
    """
    codings = [coding.strip().lower() for coding in (content_encoding or "").split(",")]
    wanted = [coding for coding in codings if coding not in ("", "identity")]
    if not wanted:
        return body
    if len(wanted) > 1 or wanted[0] not in _WINDOWS:
        raise UnknownCoding
    window = _WINDOWS[wanted[0]]
    if window == _ZLIB and not _has_zlib_header(body):
        window = _BARE
    return _inflated(body, window, most)


def _inflated(body: bytes, window: int, most: int) -> bytes:
    engine = zlib.decompressobj(window)
    try:
        found = engine.decompress(body, most + 1)
    except zlib.error:
        raise _damaged() from None
    if len(found) > most:
        message = f"must be at most {most} bytes once it is decompressed"
        raise TooLarge(f"body: {message}", InvalidInput.of("body", Rule.MAX_BYTES, message).fields)
    if not engine.eof or engine.unused_data:
        raise _damaged()
    return found


def _damaged() -> InvalidInput:
    return InvalidInput.of("body", Rule.CONTENT_ENCODING, "is not compressed as content-encoding says")


def _has_zlib_header(body: bytes) -> bool:
    """Returns whether the first two bytes are zlib's header (RFC 1950, 2.2)."""
    return len(body) > 1 and body[0] & 15 == 8 and (body[0] << 8 | body[1]) % 31 == 0
