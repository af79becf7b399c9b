"""Places of files below a folder of this machine. The server names the files, and nothing that it says is trusted.

The rules are those by which the server takes paths, so that another server's paths can't do what its own can't.
"""

import os
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from maas_client.errors import FileError, UnexpectedAnswer

_NAME_BYTES_MAX = 255
_FORBIDDEN = frozenset('/\\<>:"|?*')
# Windows opens a device in place of a file of such a name, whatever follows the first dot.
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\..*)?", re.IGNORECASE)


def place_of(folder: Path, path: str) -> Path:
    """Returns the place of a file below a folder. Raises UnexpectedAnswer if some system would put it elsewhere."""
    names = path.split("/")
    if not all(map(_is_plain, names)):
        raise UnexpectedAnswer(f"the server names a file outside the version's folder: {path!r}")
    return folder.joinpath(*names)


def named_in(folder: Path, name: str) -> Path:
    """Returns the place of a file in a folder itself. Raises UnexpectedAnswer if the name is more than a name."""
    if not _is_plain(name):
        raise UnexpectedAnswer(f"the server names a file outside the folder: {name!r}")
    return folder / name


def places_of(folder: Path, paths: Sequence[str]) -> list[Path]:
    """Returns the places of files. Raises UnexpectedAnswer if two are one file on a system that ignores case."""
    places = [place_of(folder, path) for path in paths]
    seen: set[str] = set()
    for path in paths:
        form = unicodedata.normalize("NFKC", path).casefold()
        if form in seen:
            raise UnexpectedAnswer(f"the server names a file twice, or twice but for its case: {path!r}")
        seen.add(form)
    return places


def require_storable(path: str) -> None:
    """Raises FileError for a local file whose name the server would refuse, because some system can't make it."""
    names = path.split("/")
    if not all(_is_plain(name) and len(name.encode()) <= _NAME_BYTES_MAX for name in names):
        raise FileError(
            f'rename the file {path!r}: its name must have no control characters and none of \\ < > : " | ? *, '
            "no space at its ends, no dot at its end and at most 255 bytes, and be no device of Windows such as con"
        )


def require_inside(folder: Path, place: Path) -> None:
    """Raises FileError if a link leads from the folder to somewhere else on the way to a place."""
    root, parent = Path(os.path.realpath(folder)), Path(os.path.realpath(place.parent))
    if not parent.is_relative_to(root):
        raise FileError(f"{place} can't be written: a link on its way leads out of {folder}")


def _is_plain(name: str) -> bool:
    """Returns whether every system makes a file or folder of this name, and makes it inside another one."""
    if name in {"", ".", ".."} or name != name.strip() or name.endswith(".") or _DEVICE.fullmatch(name):
        return False
    return _FORBIDDEN.isdisjoint(name) and not any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in name)
