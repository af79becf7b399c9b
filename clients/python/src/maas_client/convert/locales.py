"""The locale by which ONNX Runtime changes the case of text (operator StringNormalizer).

ONNX Runtime asks the C library for en_US.UTF-8 when it loads such a file. Slim images have C.UTF-8 alone, which maps
letters by the same Unicode tables, so it is offered under the other name while a file is loaded. The server does the
same for good in processes of its own (docs/decisions/0026-locales-of-text-models.md).
"""

import contextlib
import functools
import locale
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

_WANTED = "en_US.UTF-8"
# Where glibc finds its compiled locales, and both spellings of the folder: Debian and Fedora write C.utf8.
_COMPILED = (Path("/usr/lib/locale/C.utf8"), Path("/usr/lib/locale/C.UTF-8"))


@contextlib.contextmanager
def english_texts() -> Iterator[None]:
    """Lets en_US.UTF-8 be found in this process where only C.UTF-8 is there. It changes nothing elsewhere."""
    folder = _stand_in()
    if folder is None:
        yield
        return
    before = os.environ.get("LOCPATH")
    os.environ["LOCPATH"] = folder.name  # read by glibc each time that a locale is asked for
    try:
        yield
    finally:
        os.environ.pop("LOCPATH")
        if before is not None:
            os.environ["LOCPATH"] = before


@functools.cache
def _stand_in() -> "tempfile.TemporaryDirectory[str] | None":
    """Returns a folder in which C.UTF-8 has the other name, or None if that is not needed or not possible.

    It is made once and lasts as long as the process: glibc keeps a locale by the path under which it found it.
    """
    compiled = next((folder for folder in _COMPILED if folder.is_dir()), None)
    if sys.platform != "linux" or compiled is None or _is_there():
        return None
    folder = tempfile.TemporaryDirectory()
    # glibc looks for en_US.UTF-8 under this name too: https://sourceware.org/git/?p=glibc.git (_nl_find_locale)
    Path(folder.name, "en").symlink_to(compiled)
    return folder


def _is_there() -> bool:
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, _WANTED)
    except locale.Error:
        return False
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    return True
