"""What a program does to a file's bytes if it takes them for text."""

import base64
import binascii
import codecs
import re

_REMEDY = "copy it as binary"
ENCODED = f"the file was read and written as text, which destroyed it: {_REMEDY}"
RECODED = f"the file was read as text in another encoding and written as UTF-8, which changed its bytes: {_REMEDY}"
LINE_ENDS = (
    "the ends of its lines were converted, as git's autocrlf and copies in text mode do, which changed its bytes: "
    f"{_REMEDY}, and write *.onnx binary into .gitattributes"
)
# U+FFFD, which takes the place of bytes that are no UTF-8.
_REPLACEMENT = "\ufffd".encode()
_CHECKED = 1024 * 1024
_LINES_MIN, _PAIRS_MIN = 4, 30
_BASE64 = re.compile(rb"[A-Za-z0-9+/=\s]+")


def text_damage(data: bytes) -> str:
    """The reason why a file that begins as ONNX can't be decoded, if it was treated as text; empty if it was not."""
    if data.count(_REPLACEMENT) > len(data) // 100:
        return ENCODED
    if _is_recoded(data[:_CHECKED]):
        return RECODED
    return LINE_ENDS if _has_converted_lines(data) else ""


def is_base64(data: bytes, beginning: bytes) -> bool:
    """Returns whether the file is base64 of bytes with this beginning."""
    first = b"".join(data[:512].split())[:64]
    if not _BASE64.fullmatch(data[:512]):
        return False
    try:
        return base64.b64decode(first[: len(first) // 4 * 4], validate=True).startswith(beginning)
    except binascii.Error:
        return False


def _is_recoded(data: bytes) -> bool:
    """Returns whether the bytes are UTF-8 with characters outside ASCII, as those of weights never are by chance."""
    try:
        return not codecs.getincrementaldecoder("utf-8")().decode(data).isascii()
    except UnicodeDecodeError:
        return False


def _has_converted_lines(data: bytes) -> bool:
    """Returns whether every line feed has a carriage return, or none has although some would have one by chance."""
    feeds, pairs = data.count(b"\n"), data.count(b"\r\n")
    by_chance = feeds * data.count(b"\r") / len(data)
    return feeds == pairs >= _LINES_MIN or (pairs == 0 and by_chance >= _PAIRS_MIN)
