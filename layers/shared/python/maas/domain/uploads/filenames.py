"""The name under which a downloaded file is saved.

A model's name is text of another person, perhaps of another tenant, and clients save files under the name that they
receive. So that name has only letters and digits of any alphabet and `. _ + -`, and is plain on Linux, macOS and
Windows (https://learn.microsoft.com/windows/win32/fileio/naming-a-file).
"""

import re
import unicodedata
from itertools import dropwhile

# Bytes in UTF-8. File systems allow 255, and browsers may add ` (1)` or `.part`.
FILENAME_MAX_BYTES = 200
_DEFAULT = "model"
_PLAIN = frozenset("._+-")
# Windows opens a device instead of a file, whatever follows the first dot.
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])", re.IGNORECASE)


def download_name(model_name: str, version: str, ending: str) -> str:
    """`<model's name>-<version><ending>` as a plain file name of at most 200 bytes.

    The name is normalized (NFKC), so that a look-alike of a slash or dot becomes what it looks like before it is
    replaced. Each run of other characters becomes one `_`. `version` is a SemVer number, whose characters are
    plain, and so are those of `ending`, a suffix of FORMATS.
    """
    suffix = f"-{version}{ending}"
    stem = _plain(unicodedata.normalize("NFKC", model_name))
    return (_cut(stem, FILENAME_MAX_BYTES - len(suffix)) or _DEFAULT) + suffix


def plain_name(path: str) -> str:
    """The last name of a path as a plain file name of at most 200 bytes."""
    name = unicodedata.normalize("NFKC", path.rpartition("/")[2])
    return _cut(_plain(name), FILENAME_MAX_BYTES) or _DEFAULT


def ascii_name(filename: str) -> str:
    """The plain name `filename` for clients that read ASCII alone.

    What stands before the number, or else the ending, becomes `model` if it has no ASCII letter or digit.
    """
    for mark in "-.":
        stem, found, rest = filename.rpartition(mark)
        if found and rest.isascii():
            return f"{_plain(stem, only_ascii=True) or _DEFAULT}{found}{rest}"
    return _plain(filename, only_ascii=True) or _DEFAULT


def is_device(name: str) -> bool:
    """Returns whether Windows opens a device in place of a file of this name."""
    return bool(_DEVICE.fullmatch(name.partition(".")[0].rstrip(" ")))


def _plain(text: str, *, only_ascii: bool = False) -> str:
    """The characters of `text` that are plain. The first is a letter or digit, and the last is no dot or `_`."""
    kept = "".join(c if _is_plain(c) and (c.isascii() or not only_ascii) else "_" for c in text)
    stem = "".join(dropwhile(lambda c: not c.isalnum(), re.sub("__+", "_", kept))).rstrip("._")
    return f"{_DEFAULT}_{stem}" if is_device(stem) else stem


def _is_plain(character: str) -> bool:
    return character in _PLAIN or unicodedata.category(character)[0] in "LMN"


def _cut(text: str, size: int) -> str:
    """The longest beginning of `text` that has at most `size` bytes; empty if `size` is negative."""
    return text.encode()[: max(size, 0)].decode(errors="ignore").rstrip("._")
