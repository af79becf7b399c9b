"""Removes what may be a file or a folder."""

import shutil
from pathlib import Path


def remove(path: Path, *, whole: bool = False) -> None:
    """Does nothing if the path is not there. With `whole`, raises OSError if a part of a folder stays."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=not whole)
    else:
        path.unlink(missing_ok=True)
