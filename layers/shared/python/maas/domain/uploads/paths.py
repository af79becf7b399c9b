"""Paths of the files of a version: relative, and such that every system can make each file, each at its own place.

A path is text of another person, and clients make files at the paths that they receive. So a path never leaves its
folder on Linux, macOS or Windows, and two paths never name one file there
(https://learn.microsoft.com/windows/win32/fileio/naming-a-file).
"""

from collections.abc import Iterator, Sequence

from maas.domain import value_rules
from maas.domain.errors import InvalidInput, Rule
from maas.domain.uploads.filenames import is_device

# Bytes in UTF-8: of one path, of a name in it, which file systems limit, and of all paths of a version together.
PATH_MAX_BYTES, SEGMENT_MAX_BYTES, PATHS_MAX_BYTES = 512, 255, 128 * 1024
_FORBIDDEN = frozenset('\\<>:"|?*')


def checked_path(field: str, value: str) -> str:
    """The path in stored form, which is NFC. Raises InvalidInput."""
    path = value_rules.label(field, value, minimum=1, maximum=PATH_MAX_BYTES)
    if len(path.encode()) > PATH_MAX_BYTES:
        raise InvalidInput.of(field, Rule.MAX_BYTES, f"must be at most {PATH_MAX_BYTES} bytes")
    if found := next((c for c in path if c in _FORBIDDEN), ""):
        raise InvalidInput.of(field, Rule.PATH, f"must not have {found}; folders are separated by /")
    for name in path.split("/"):
        if reason := _fault(name):
            raise InvalidInput.of(field, Rule.PATH, reason)
    return path


def checked_filename(value: str) -> str:
    """The name of a single file in stored form: a path of one name. Raises InvalidInput."""
    name = value_rules.label("filename", value, minimum=1, maximum=SEGMENT_MAX_BYTES)
    if "/" in name or "\\" in name or name in {".", ".."}:
        raise InvalidInput.of("filename", Rule.PLAIN_NAME, "must be a file name without a folder")
    return checked_path("filename", name)


def _fault(name: str) -> str:
    """The reason why some system can't make a file or folder of this name inside another one; empty if all can."""
    if name in {"", ".", ".."}:
        return "must be relative, without empty names, . and .. between its slashes"
    if len(name.encode()) > SEGMENT_MAX_BYTES:
        return f"must have names of at most {SEGMENT_MAX_BYTES} bytes between its slashes"
    if name != name.strip() or name.endswith("."):
        return "must not have a name that begins or ends with a space, or ends with a dot"
    return "must not have the name of a device of Windows, such as con or nul.txt" if is_device(name) else ""


def check_distinct(fields: Sequence[str], paths: Sequence[str]) -> None:
    """Raises InvalidInput if two paths name one file, or one is the folder of another, where case is ignored."""
    forms = [value_rules.unique_form(path) for path in paths]
    places: dict[str, str] = {}
    for field, form in zip(fields, forms, strict=True):
        if form in places:
            raise InvalidInput.of(field, Rule.REPEATED, f"is the same as {places[form]} where case is ignored")
        places[form] = field
    for field, form in zip(fields, forms, strict=True):
        for folder in _folders(form):
            if folder in places:
                raise InvalidInput.of(field, Rule.PATH, f"is inside {places[folder]}, which is a file")


def _folders(path: str) -> Iterator[str]:
    folder, slash, _ = path.rpartition("/")
    while slash:
        yield folder
        folder, slash, _ = folder.rpartition("/")
