"""skops: a tree of nodes in schema.json, each with its type, and arrays beside it (https://skops.readthedocs.io).

Loading it calls what the nodes name. So a file is kept only if all types are those of scikit-learn, NumPy, SciPy and
plain Python, and all functions are mathematical ones.
"""

import ast
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from maas.adapters.formats import archives, skops_types, strict_json
from maas.adapters.formats.archives import Archive
from maas.adapters.formats.findings import Found, digest, digest_of_blocks, shown, tensor
from maas.adapters.formats.refusals import RefusedError, damaged
from maas.adapters.formats.source import Source
from maas.domain.catalog.formats import SKLEARN_TO_ONNX

SCHEMA_MAX = 64 << 20
DEPTH_MAX = 400
MEMBER_MAX = 256 << 20
_HEADER_MAX = 1 << 16
_MODULE, _NAME = re.compile(r"[A-Za-z_][\w.]*"), re.compile(r"[A-Za-z_]\w*")
_DESCR = re.compile(r"[<>|=]?([bBiufcmMSUV?])(\d*)(\[\w+\])?")


def read(archive: Archive, file: Source) -> Found:
    """Reads the schema and each array. Raises RefusedError."""
    archives.check_layout(archive, file)
    schema = strict_json.loads(archive.content("schema.json", SCHEMA_MAX), "its schema.json", depth=DEPTH_MAX)
    if not isinstance(schema, dict) or "__loader__" not in schema or type(schema.get("protocol")) is not int:
        raise damaged("its schema.json is not one of skops")
    types: Counter[str] = Counter()
    files: set[str] = set()
    for node in _nodes(schema):
        types[_type(node)] += 1
        if isinstance(name := node.get("file"), str):
            files.add(name)
    if files != archive.members.keys() - {"schema.json"}:
        raise damaged("its schema.json names other files than there are in it")
    arrays = [_array(archive, name) for name in sorted(files)]
    content = digest(each["content"].encode() for each in arrays)
    return Found(
        "skops",
        details={
            "type": f"{schema['__module__']}.{schema['__class__']}",
            "protocol": schema["protocol"],
            "skops_version": str(schema.get("_skops_version", "")),
            "node_count": types.total(),
            "array_count": len(arrays),
            "types": dict(sorted(types.items(), key=lambda item: (item[0].startswith("builtins."), item[0]))),
        },
        operators={("skops", name): (count, content) for name, count in types.items()},
    )


def _nodes(schema: Any) -> Iterator[dict[str, Any]]:
    todo = [schema]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            if "__loader__" in value:
                yield value
            todo.extend(value.values())
        elif isinstance(value, list):
            todo.extend(value)


def _type(node: dict[str, Any]) -> str:
    """The full name of the node's type. Raises RefusedError unless it may be loaded."""
    module, name, loader = (node.get(key) for key in ("__module__", "__class__", "__loader__"))
    rules = (_MODULE, _NAME, _NAME)
    values = (module, name, loader)
    if not all(isinstance(each, str) and rule.fullmatch(each) for rule, each in zip(rules, values, strict=True)):
        raise damaged("a node of its schema.json has no type")
    full = f"{module}.{name}"
    if loader not in skops_types.LOADERS:
        raise RefusedError(f"it holds {shown(full)} as {shown(str(loader))}, which calls code that the file chooses")
    if not skops_types.may_load(str(loader), str(module), str(name)) or not _is_known_generator(node):
        raise RefusedError(
            f"it holds {shown(full)}, which is not a type of scikit-learn, NumPy, SciPy or plain Python, nor a "
            f"mathematical function of them; convert the model with {SKLEARN_TO_ONNX}"
        )
    return full


def _is_known_generator(node: dict[str, Any]) -> bool:
    """Returns whether a node of random numbers names one of NumPy's generators. Other nodes name none."""
    if node["__loader__"] != "RandomGeneratorNode":
        return True
    found: Any = node
    for key in ("content", "bit_generator", "content", "bit_generator", "content"):
        found = found.get(key) if isinstance(found, dict) else None
    return skops_types.is_generator(found)


def _array(archive: Archive, name: str) -> dict[str, Any]:
    content = digest_of_blocks(archive.blocks(name))
    if name.endswith(".npz"):
        inner = archives.opened(Source.of(archive.content(name, MEMBER_MAX)))
        for member in inner.members:
            _check_npy(inner, member)
    elif name.endswith(".npy"):
        _check_npy(archive, name)
    elif not name.endswith(".bin"):
        raise RefusedError(f"member {shown(name)} of the archive is neither an array nor bytes")
    return tensor(name, "", (), content)


def _check_npy(archive: Archive, name: str) -> None:
    """Raises RefusedError unless the member is an array of plain numbers or texts of exactly its size."""
    first = next(iter(archive.blocks(name)), b"")[: _HEADER_MAX + 12]
    if first[:6] != b"\x93NUMPY" or first[6:7] not in (b"\x01", b"\x02", b"\x03"):
        raise damaged(f"array {shown(name)} is not one of NumPy")
    width = 2 if first[6] == 1 else 4
    length = int.from_bytes(first[8 : 8 + width], "little")
    text = first[8 + width : 8 + width + length]
    try:
        header = ast.literal_eval(text.decode("latin-1").strip())
        size = math.prod(header["shape"]) * _item_size(header["descr"])
    except (ValueError, SyntaxError, TypeError, KeyError, RecursionError, MemoryError):
        raise damaged(f"array {shown(name)} has a header that is none") from None
    if size + 8 + width + length != archive.members[name].file_size:
        raise damaged(f"array {shown(name)} has another size than its header announces")


def _item_size(descr: Any) -> int:
    """The bytes of an element. Raises RefusedError for objects, which NumPy keeps as a pickle, or ValueError."""
    if isinstance(descr, str):
        if descr.endswith("O"):
            raise RefusedError("an array in it holds Python objects, which NumPy keeps as a pickle")
        found = _DESCR.fullmatch(descr)
        if not found:
            raise ValueError(descr)
        return int(found[2] or 1) * (4 if found[1] == "U" else 1)
    if not isinstance(descr, list):
        raise TypeError("no type")
    if not all(isinstance(field, tuple) and len(field) in (2, 3) for field in descr):
        raise TypeError("no field")
    return sum(_item_size(field[1]) * math.prod(field[2] if len(field) > 2 else ()) for field in descr)
