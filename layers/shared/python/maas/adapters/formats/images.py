"""PNG and JPEG: their chunks or segments to the very end, and the size of the image. Nothing is decoded."""

import struct
import zlib

from maas.adapters.formats.findings import Found
from maas.adapters.formats.refusals import RefusedError, damaged
from maas.adapters.formats.source import Source

PNG = b"\x89PNG\r\n\x1a\n"
IMAGE_MAX = 64 << 20
PIXELS_MAX = 1 << 30
_CHUNKS_MAX = 100_000
_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})


def read(file: Source) -> Found:
    """Reads an image of at most IMAGE_MAX bytes. Raises RefusedError."""
    if file.size > IMAGE_MAX:
        raise RefusedError(f"the image has {file.size} bytes; at most {IMAGE_MAX} are kept")
    data = file.head(file.size)
    return _png(data) if data.startswith(PNG) else _jpeg(data)


def _found(kind: str, width: int, height: int, **more: int) -> Found:
    if not width or not height or width * height > PIXELS_MAX:
        raise RefusedError(f"the image is {width} by {height}; at most {PIXELS_MAX} pixels are kept")
    return Found(kind, details={"width": width, "height": height, **more})


def _png(data: bytes) -> Found:
    at, header, last = len(PNG), b"", b""
    for _ in range(_CHUNKS_MAX):
        if at >= len(data):
            break
        length, last = struct.unpack(">I4s", _part(data, at, 8))
        body = _part(data, at + 8, length + 4)
        if zlib.crc32(last + body[:-4]) != int.from_bytes(body[-4:]):
            raise damaged("the checksum of a chunk of the image is wrong")
        if not header and (last != b"IHDR" or length != 13):
            raise damaged("the image does not begin with its header")
        header, at = header or body, at + 12 + length
        if last == b"IEND":
            break
    if last != b"IEND":
        raise damaged("the image has no end, or too many chunks")
    if at != len(data):
        raise RefusedError(f"{len(data) - at} bytes follow the end of the image")
    width, height, depth, colour = struct.unpack(">IIBB", header[:10])
    return _found("png", width, height, bit_depth=depth, colour_type=colour)


def _part(data: bytes, at: int, count: int) -> bytes:
    if at + count > len(data):
        raise damaged("the image is cut off")
    return data[at : at + count]


def _jpeg(data: bytes) -> Found:
    at, size = 2, (0, 0)
    while True:
        mark, kind = _part(data, at, 2)
        if mark != 0xFF:
            raise damaged("a segment of the image does not begin with its mark")
        at += 1 if kind == 0xFF else 2
        if kind == 0xD9:
            break
        if kind in _ALONE or kind == 0xFF:
            continue
        length = int.from_bytes(_part(data, at, 2))
        body = _part(data, at, length)
        if length < 2 or (kind in _SOF and length < 8):
            raise damaged("a segment of the image is too short")
        if kind in _SOF:
            size = int.from_bytes(body[5:7]), int.from_bytes(body[3:5])
        at += length
        if kind == 0xDA:
            at = _after_scan(data, at)
    if at != len(data):
        raise RefusedError(f"{len(data) - at} bytes follow the end of the image")
    return _found("jpeg", *size)


def _after_scan(data: bytes, at: int) -> int:
    """The position of the next mark after the coded pixels."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise damaged("the image is cut off")
        if data[at + 1] and data[at + 1] not in _ALONE:
            return at
        at += 2
