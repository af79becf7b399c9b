"""Parquet: its footer, a message of Thrift's compact protocol at the end of the file (https://parquet.apache.org).

The pages are not read. Their places must lie inside the file.
"""

from typing import Any

from maas.adapters.formats.findings import Found
from maas.adapters.formats.refusals import RefusedError, damaged
from maas.adapters.formats.source import Source

MARK = b"PAR1"
FOOTER_MAX = 16 << 20
_DEPTH_MAX, _ITEMS_MAX = 16, 4_000_000
_TYPES = ("BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY")
Struct = dict[int, Any]


def read(file: Source) -> Found:
    """Reads the footer. Raises RefusedError."""
    if file.size < 12 or file.head(4, file.size - 4) != MARK:
        raise damaged("the Parquet file has no end, or an encrypted one")
    length = int.from_bytes(file.head(4, file.size - 8), "little")
    start = file.size - 8 - length
    if not 0 < length <= FOOTER_MAX or start < 4:
        raise damaged(f"its footer announces {length} bytes; at most {FOOTER_MAX} are read")
    thrift = _Thrift(file.head(length, start))
    footer = thrift.struct(0)
    if thrift.at != length:
        raise damaged("its footer has bytes after its end")
    columns = _columns(_structs(footer, 2))
    groups = _structs(footer, 4)
    rows = _size(footer, 3)
    if sum(_size(group, 3) for group in groups) != rows:
        raise damaged("its row groups have another number of rows than the file")
    for group in groups:
        _check_group(group, start, len(columns))
    return Found(
        "parquet",
        details={
            "row_count": rows,
            "column_count": len(columns),
            "row_group_count": len(groups),
            "created_by": _text(footer.get(6, b"")),
            "columns": columns,
        },
    )


def _columns(elements: list[Struct]) -> list[dict[str, str]]:
    """The leaves of the schema, which is a tree in the order of a walk."""
    found: list[dict[str, str]] = []
    open_groups: list[int] = [1]
    path: list[str] = []
    for element in elements:
        while len(open_groups) > 1 and not open_groups[-1]:
            open_groups.pop()
            path.pop()
        if not open_groups[-1] or len(open_groups) > _DEPTH_MAX:
            raise damaged("its schema is not a tree, or too deep")
        open_groups[-1] -= 1
        name, children, kind = _text(element.get(4, b"")), element.get(5, 0), element.get(1)
        if children:
            open_groups.append(_size(element, 5))
            path.append(name)
        elif isinstance(kind, int) and 0 <= kind < len(_TYPES):
            found.append({"name": ".".join([*path[1:], name]), "type": _TYPES[kind]})
        elif found or len(elements) > 1:
            raise damaged("a column of its schema has no type")
    if any(open_groups):
        raise damaged("its schema is not a tree")
    return found


def _check_group(group: Struct, end: int, columns: int) -> None:
    chunks = _structs(group, 1)
    if len(chunks) != columns:
        raise damaged("a row group has another number of columns than the schema")
    for chunk in chunks:
        if 1 in chunk:
            raise RefusedError("the data of a column lies in another file")
        place = chunk.get(3)
        if not isinstance(place, dict):
            raise damaged("a column has no description, or an encrypted one")
        if not _size(place, 5):  # no values, no page
            continue
        first = min((_size(place, field) for field in (9, 11) if field in place), default=0)
        if first < 4 or first + _size(place, 7) > end:
            raise damaged("the data of a column lies outside the file")


def _structs(values: Struct, field: int) -> list[Struct]:
    found = values.get(field, [])
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise damaged("a part of its footer has the wrong type")
    return found


def _size(values: Struct, field: int) -> int:
    found = values.get(field)
    if type(found) is not int or found < 0:
        raise damaged("a number of its footer is missing or negative")
    return found


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else ""


class _Thrift:
    """The compact protocol (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md)."""

    def __init__(self, data: bytes) -> None:
        self._data, self.at, self._items = data, 0, 0

    def struct(self, depth: int) -> Struct:
        if depth > _DEPTH_MAX:
            raise damaged("its footer is nested too deeply")
        found: Struct = {}
        field = 0
        while head := self._byte():
            field = field + (head >> 4) if head >> 4 else self._zigzag()
            if field in found:
                raise damaged("its footer has a field twice")
            kind = head & 15
            found[field] = kind == 1 if kind in (1, 2) else self._value(kind, depth + 1)
        return found

    def _value(self, kind: int, depth: int) -> Any:
        self._items += 1
        if self._items > _ITEMS_MAX:
            raise RefusedError(f"its footer has more than {_ITEMS_MAX} values")
        match kind:
            case 1 | 2 | 3:
                return self._byte()
            case 4 | 5 | 6:
                return self._zigzag()
            case 7:
                return self._take(8)
            case 8:
                return self._take(self._varint())
            case 9 | 10:
                return self._list(depth)
            case 12:
                return self.struct(depth)
        raise damaged("its footer has a value of an unknown type")

    def _list(self, depth: int) -> list[Any]:
        head = self._byte()
        count = head >> 4 if head >> 4 < 15 else self._varint()
        if count > len(self._data) - self.at or depth > _DEPTH_MAX:
            raise damaged("a list of its footer announces more than there is")
        return [self._value(head & 15, depth + 1) for _ in range(count)]

    def _byte(self) -> int:
        return self._take(1)[0]

    def _take(self, count: int) -> bytes:
        if self.at + count > len(self._data):
            raise damaged("its footer is cut off")
        self.at += count
        return self._data[self.at - count : self.at]

    def _varint(self) -> int:
        value = 0
        for shift in range(0, 70, 7):
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise damaged("its footer has a number that is too long")

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
