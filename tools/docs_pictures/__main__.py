"""Draws the pictures of docs again, all or those that are named.

Run it as `PYTHONPATH=.:layers/shared/python:clients/python/src python -m tools.docs_pictures [NAME ...]`. Pictures of
what a stack answers start one, which takes two minutes; `--declared` draws only those that need none.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools.docs_pictures import table, world
from tools.docs_pictures.diagrams import ROOT
from tools.docs_pictures.terminal import CommandFailed

FOLDER = ROOT / "docs" / "pictures"


def _write(name: str, content: str | bytes) -> None:
    (FOLDER / name).write_bytes(content.encode() if isinstance(content, str) else content)


def main(names: Sequence[str]) -> int:
    """Draws the named pictures. Returns the exit status."""
    if unknown := [name for name in names if name not in table.NAMES]:
        print(f"no such picture: {', '.join(unknown)}; there are: {', '.join(table.NAMES)}", file=sys.stderr)
        return 2
    FOLDER.mkdir(exist_ok=True)
    failed = 0
    for name in names:
        if name in table.DECLARED:
            _write(name, table.DECLARED[name]())
    if answered := [name for name in table.ANSWERED if name in names]:
        with tempfile.TemporaryDirectory() as folder, world.running(Path(folder)) as made:
            for name in answered:
                try:
                    _write(name, table.ANSWERED[name](made))
                except CommandFailed as error:
                    print(f"{name}: {error}", file=sys.stderr)
                    failed = 1
    return failed


if __name__ == "__main__":
    chosen = sys.argv[1:]
    sys.exit(main([*table.DECLARED] if chosen == ["--declared"] else chosen or table.NAMES))
