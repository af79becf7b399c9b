"""LightGBM's text format: parameters, one block of lines a tree, and the end."""

import re
from collections.abc import Iterator
from typing import Any

from maas.adapters.formats.findings import Found, digest_of_blocks, shown
from maas.adapters.formats.refusals import RefusedError, damaged
from maas.adapters.formats.source import Source

LINE_MAX = 64 << 20
_HEAD = b"tree\n"
_SIZE = re.compile(r"[0-9]{1,18}")
_NODE_LISTS = ("split_feature", "threshold", "decision_type", "left_child", "right_child")


def read(file: Source) -> Found:
    """Reads every line. Raises RefusedError."""
    lines = _lines(file)
    next(lines)
    header = _block(lines)
    features = _names(header)
    sizes = header.get("tree_sizes", "").split()
    if not all(_SIZE.fullmatch(each) for each in sizes):
        raise damaged("its tree_sizes are not numbers")
    leaves = [_tree(_block(lines, first=line), number, len(features)) for number, line in enumerate(_trees(lines))]
    if len(leaves) != len(sizes):
        raise damaged(f"it announces {len(sizes)} trees, and has {len(leaves)}")
    _check_end(lines)
    content = digest_of_blocks(file.blocks(0, file.size))
    return Found(
        "lightgbm",
        details={
            "version": header.get("version", ""),
            "objective": header.get("objective", ""),
            "class_count": _number(header, "num_class"),
            "feature_count": len(features),
            "tree_count": len(leaves),
            "leaf_count": sum(leaves),
            "feature_names": features,
        },
        operators={("lightgbm", "tree"): (len(leaves), content)} if leaves else {},
    )


def _lines(file: Source) -> Iterator[str]:
    stream = file.stream()
    while line := stream.readline(LINE_MAX):
        if not line.endswith(b"\n") and len(line) == LINE_MAX:
            raise RefusedError(f"a line has more than {LINE_MAX} bytes")
        try:
            text = line.decode().rstrip("\r\n")
        except UnicodeDecodeError:
            raise damaged("a line is not UTF-8") from None
        if not text.replace("\t", " ").isprintable():
            raise damaged("a line has control characters")
        yield text


def _block(lines: Iterator[str], first: str = "") -> dict[str, str]:
    """The `name=value` lines up to the next empty one."""
    found: dict[str, str] = {}
    line: str | None = first or next(lines, None)
    while line:
        name, separator, value = line.partition("=")
        if name in found:
            raise damaged(f"{shown(name)} occurs twice")
        found[name] = value if separator else ""
        line = next(lines, None)
    return found


def _trees(lines: Iterator[str]) -> Iterator[str]:
    """Yields the first line of each tree."""
    for line in lines:
        if line == "end of trees":
            return
        if line and not line.startswith("Tree="):
            raise damaged("a line between two trees is not the beginning of one")
        if line:
            yield line
    raise damaged("it is cut off: it has no end of trees")


def _tree(block: dict[str, str], number: int, features: int) -> int:
    """The leaves of a tree. Raises RefusedError unless its lists fit together."""
    if block.get("Tree") != str(number):
        raise damaged(f"tree {number} is missing")
    leaves = _number(block, "num_leaves")
    if len(block.get("leaf_value", "").split()) != leaves:
        raise damaged(f"tree {number} has another number of leaves than it announces")
    lists = [block.get(name, "").split() for name in _NODE_LISTS]
    if leaves > 1 and {len(each) for each in lists} != {leaves - 1}:
        raise damaged(f"tree {number} has lists of different lengths")
    if any(not _SIZE.fullmatch(each) or int(each) >= features for each in lists[0]):
        raise damaged(f"tree {number} splits by a feature that the model does not have")
    for child in lists[3] + lists[4]:
        if not _SIZE.fullmatch(child.removeprefix("-")) or not -leaves <= int(child) < leaves:
            raise damaged(f"tree {number} has a child that is none")
    return leaves


def _check_end(lines: Iterator[str]) -> None:
    """Raises RefusedError unless only the known parts follow the trees."""
    rest = [line for line in lines if line]
    if len(rest) < 2 or rest[0] != "feature_importances:" or "end of parameters" not in rest:
        raise damaged("it is cut off: it has no end of parameters")
    after = rest[rest.index("end of parameters") + 1 :]
    if any(not line.startswith("pandas_categorical:") for line in after) or len(after) > 1:
        raise RefusedError("lines follow the end of the parameters, which the format does not have")


def _names(header: dict[str, str]) -> list[str]:
    names = header.get("feature_names", "").split()
    if len(names) != _number(header, "max_feature_idx") + 1:
        raise damaged("it has another number of feature names than features")
    return names


def _number(values: dict[str, Any], name: str) -> int:
    text = values.get(name, "")
    if not _SIZE.fullmatch(text) or len(text) > 9:
        raise damaged(f"{name} is not a number")
    return int(text)
