"""Bytes of files of rows as texts: the marks in the beginning of a file, and the text of a piece."""

from maas.domain.errors import InvalidInput, Rule

_BOM = b"\xef\xbb\xbf"
# Beginnings of files that are no text in UTF-8, and what they are.
_OTHERS = {
    b"\xff\xfe": "a text in UTF-16",
    b"\xfe\xff": "a text in UTF-16",
    b"PAR1\x15": "Parquet",
    b"PK\x03\x04": "a ZIP file, as those of Excel are",
    b"\x1f\x8b": "compressed by gzip",
    b"\x28\xb5\x2f\xfd": "compressed by Zstandard",
    b"\xfd7zX": "compressed by xz",
}
# Bytes that the beginning of a file must have, so that it can be told what the file is.
MARK_SIZE = 8


def first_byte(content: bytes) -> int:
    """The offset of the text in the beginning of a file: it is behind the byte order mark that some programs write.

    Raises InvalidInput (file) if the file is no text in UTF-8.
    """
    for mark, kind in _OTHERS.items():
        if content.startswith(mark):
            raise InvalidInput.of("file", Rule.INVALID, f"is {kind}; it must be a text in UTF-8")
    if b"\0" in content[:MARK_SIZE]:
        raise InvalidInput.of("file", Rule.UNICODE, "has zero bytes, as UTF-16 has them; it must be a text in UTF-8")
    return len(_BOM) if content.startswith(_BOM) else 0


def text_of(piece: bytes) -> str | InvalidInput:
    """The text of a row, or what is wrong with it."""
    if b"\0" in piece:
        return InvalidInput.of("row", Rule.CONTROL_CHARACTERS, "must not have a zero byte (NUL)")
    if piece.startswith(_BOM):
        message = "begins with a byte order mark, which has its place in the beginning of a file alone"
        return InvalidInput.of("row", Rule.UNICODE, message)
    try:
        return piece.decode()
    except UnicodeDecodeError as error:
        return InvalidInput.of("row", Rule.UNICODE, f"must be UTF-8, and is not from its byte {error.start + 1} on")
