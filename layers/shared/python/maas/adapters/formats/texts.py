"""Texts in UTF-8: JSON, CSV, YAML, Markdown, and plain text. A model of XGBoost is JSON too."""

import codecs
import csv
import io
import re
from collections.abc import Iterator

from maas.adapters.formats import strict_json, yaml_texts
from maas.adapters.formats.findings import Found
from maas.adapters.formats.foreign import CONTROL
from maas.adapters.formats.refusals import RefusedError, damaged
from maas.adapters.formats.source import Source
from maas.adapters.formats.xgboost import JSON_MAX, describe, read_json
from maas.adapters.onnx.text_damage import is_base64

LINE_MAX = 1 << 20
COLUMNS_MAX = 16_384
_OBJECT = re.compile(rb'\s*\{\s*["}]')
_MARKDOWN = re.compile(r"^(?:#{1,6} \S|```|~~~|> |\|.*\||[-*+] \S|\d+\. \S|.*\]\(\S+\))", re.MULTILINE)
_SEPARATORS = ",;\t"
_SHOWN = 200


def read(file: Source) -> Found:
    """Reads the whole text. Raises RefusedError."""
    lines, characters, longest = _measured(file)
    if is_base64(file.head(512), b"\x08"):
        raise RefusedError("the file is an ONNX file as base64 text: decode it")
    if _OBJECT.match(file.head(4096)) or file.head(1) == b"[":
        found = _json(file)
        if found:
            return found
    details = {"line_count": lines, "character_count": characters}
    if file.size <= yaml_texts.SIZE_MAX:
        text = file.head(file.size).decode()
        if keys := yaml_texts.keys(text):
            return Found("yaml", details={**details, "keys": keys})
    elif yaml_texts.has_python_tags(file.blocks(0, file.size)):
        raise RefusedError(f"it has tags of Python objects; YAML of at most {yaml_texts.SIZE_MAX} bytes is read")
    if longest <= LINE_MAX and (table := _table(file)):
        return table
    markdown = bool(_MARKDOWN.search(file.head(1 << 16).decode(errors="ignore")))
    return Found("markdown" if markdown else "text", details=details)


def _measured(file: Source) -> tuple[int, int, int]:
    """The numbers of lines and characters, and the bytes of the longest line. Raises RefusedError if it is no text."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines = characters = longest = current = 0
    for block in file.blocks(0, file.size):
        try:
            text = decoder.decode(block)
        except UnicodeDecodeError:
            raise damaged("it begins as text, and has bytes that are not UTF-8") from None
        if CONTROL.search(text):
            raise damaged("it begins as text, and has control characters")
        lines, characters = lines + text.count("\n"), characters + len(text)
        parts = [len(part) for part in block.split(b"\n")] if b"\n" in block else [len(block)]
        longest = max(longest, current + parts[0], *parts[1:])
        current = parts[-1] + (current if len(parts) == 1 else 0)
    if decoder.getstate()[0]:
        raise damaged("it is cut off inside a character")
    return lines, characters, longest


def _json(file: Source) -> Found | None:
    """JSON, or a model of XGBoost; None for a text that only begins with a bracket."""
    if file.size > JSON_MAX:
        raise RefusedError(f"it is JSON of {file.size} bytes; at most {JSON_MAX} are read. XGBoost writes UBJ too")
    data = file.head(file.size)
    if b'"learner"' in data[:1024] and "learner" in (model := read_json(data)):
        return describe(model, "xgboost_json")
    try:
        found = strict_json.loads(data, "it")
    except RefusedError:
        if data[:1] == b"[":
            return None
        raise
    if isinstance(found, dict):
        return Found("json", details={"entry_count": len(found), "keys": sorted(found)[:_SHOWN]})
    return Found("json", details={"entry_count": len(found)})


def _table(file: Source) -> Found | None:
    """A table whose rows all have the same number of columns, 2 or more; None for another text."""
    first = file.stream().readline(LINE_MAX).decode(errors="ignore")
    separator = max(_SEPARATORS, key=first.count)
    if not first.count(separator):
        return None
    rows, names = 0, []
    try:
        for row in _rows(file, separator):
            if not rows:
                names = row
            if len(row) != len(names) or len(names) > COLUMNS_MAX:
                return None
            rows += 1
    except csv.Error:
        return None
    if rows < 2:
        return None
    return Found(
        "csv", details={"row_count": rows - 1, "column_count": len(names), "separator": separator, "columns": names}
    )


def _rows(file: Source, separator: str) -> Iterator[list[str]]:
    csv.field_size_limit(LINE_MAX)
    with io.TextIOWrapper(file.stream(), encoding="utf-8", newline="") as text:
        yield from (row for row in csv.reader(text, delimiter=separator, strict=True) if row)
