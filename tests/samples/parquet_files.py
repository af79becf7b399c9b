"""A Parquet file of one column, by the rules of the format: https://parquet.apache.org/docs/file-format"""


def _number(value: int) -> bytes:
    value = (value << 1) ^ (value >> 63)
    found = b""
    while value > 0x7F:
        found += bytes([value & 0x7F | 0x80])
        value >>= 7
    return found + bytes([value])


def _i32(field: int, value: int) -> bytes:
    return bytes([field << 4 | 5]) + _number(value)


def _i64(field: int, value: int) -> bytes:
    return bytes([field << 4 | 6]) + _number(value)


def _text(field: int, value: str) -> bytes:
    return bytes([field << 4 | 8, len(value)]) + value.encode()


def _list(field: int, items: list[bytes]) -> bytes:
    return bytes([field << 4 | 9, len(items) << 4 | 12]) + b"".join(items)


def footer(rows: int = 2, offset: int = 4, size: int = 16, name: str = "a") -> bytes:
    root = _text(4, "schema") + _i32(1, 1) + b"\0"
    column = _i32(1, 2) + _i32(2, 0) + _text(1, name) + b"\0"
    place = _i32(1, 2) + bytes([1 << 4 | 9, 0x05]) + bytes([1 << 4 | 9, 0x18, 1]) + name[:1].encode()
    place += _i32(1, 0) + _i64(1, rows) + _i64(1, size) + _i64(1, size) + _i64(2, offset) + b"\0"
    chunk = _i64(2, 0) + bytes([1 << 4 | 12]) + place + b"\0"
    group = _list(1, [chunk]) + _i64(1, size) + _i64(1, rows) + b"\0"
    return _i32(1, 1) + _list(1, [root, column]) + _i64(1, rows) + _list(1, [group]) + _text(2, "by hand") + b"\0"


def table(end: bytes | None = None) -> bytes:
    end = footer() if end is None else end
    return b"PAR1" + bytes(16) + end + len(end).to_bytes(4, "little") + b"PAR1"
