"""The locales by which ONNX Runtime changes the case of text (operator StringNormalizer).

ONNX Runtime asks the C library for `en_US.UTF-8`, which Lambda's image and slim Debian images lack: they have C.UTF-8
alone (https://github.com/amazonlinux/amazon-linux-2023/issues/233). Both map the case of letters by the same Unicode
tables, so C.UTF-8 is offered under the other names (docs/decisions/0026-locales-of-text-models.md).

The validator's child process imports this module, so it imports nothing of maas.
"""

import ctypes
import functools
import os
import sys
import tempfile
from pathlib import Path

# Names that a model may give in the attribute `locale`. Without the attribute ONNX Runtime takes the first one.
ENGLISH = (b"en_US.UTF-8", b"en_US.utf8", b"en_US", b"en")
PLAIN = (b"C.UTF-8", b"C.utf8", b"C", b"POSIX")
NAMES = frozenset(ENGLISH + PLAIN)

# Where glibc finds its compiled locales, and both spellings of the folder: Debian and Fedora write C.utf8.
_COMPILED = (Path("/usr/lib/locale/C.utf8"), Path("/usr/lib/locale/C.UTF-8"))
# The mask of every category, as libstdc++ passes it: 1 << LC_ALL.
_ALL = 1 << 6


@functools.cache
def provide() -> None:
    """Loads the locales of NAMES into this process, for good. Nothing is opened when a model is loaded later.

    It does nothing where the C library is not glibc (macOS has en_US.UTF-8), and changes nothing if the machine has
    en_US.UTF-8 itself.
    """
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None)
    libc.newlocale.restype = ctypes.c_void_p
    libc.newlocale.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p]
    compiled = next((folder for folder in _COMPILED if folder.is_dir()), None)
    if libc.newlocale(_ALL, ENGLISH[0], None) or compiled is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        # glibc looks for en_US.UTF-8 under this name too: https://sourceware.org/git/?p=glibc.git (_nl_find_locale)
        Path(folder, "en").symlink_to(compiled)
        os.environ["LOCPATH"] = folder
        for name in NAMES:
            # Never freed: glibc keeps a loaded locale under its name, so it needs neither folder nor file any more.
            libc.newlocale(_ALL, name, None)
