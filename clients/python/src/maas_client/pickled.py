"""Files that are known as pickles by their first bytes. The server's own check decides about all others."""

import re
import zipfile
from pathlib import Path

from maas_client.errors import RefusedFile
from maas_client.local_files import readable

_HEAD = 256
_ADVICE = (
    "which can run code when it is loaded, so MaaS takes none: push the object itself, with "
    "client.push(model, example=X) of maas_client, or see: maas help formats"
)
# The mark of the protocols 2 to 5, and an operation behind it.
_PICKLE = re.compile(rb"\x80[\x02-\x05][^\x00]")
# A length of a safetensors file, or the mark of a TFLite file, may begin so too.
_OTHERS = re.compile(rb".{4}(TFL3|\x00{4}\{)", re.DOTALL)
_OBJECTS = re.compile(rb"\x93NUMPY.{2,6}\{[^}]*'descr': *'\|O", re.DOTALL)


def refuse_pickle(path: Path) -> None:
    """Raises RefusedFile for a pickle, a zip file with one, and an array of Python objects; MissingFile."""
    with readable(path):
        if not path.is_file():
            return
        with path.open("rb") as handle:
            head = handle.read(_HEAD)
    if _PICKLE.match(head) and not _OTHERS.match(head):
        raise RefusedFile(f"{path} is a Python pickle, {_ADVICE}")
    if _OBJECTS.match(head):
        raise RefusedFile(f"{path} is an array of Python objects, which NumPy keeps as a pickle, {_ADVICE}")
    if head.startswith(b"PK\x03\x04") and (name := _pickle_in(path)):
        raise RefusedFile(f"{path} is a zip file with the pickle {name!r}, {_ADVICE}")


def _pickle_in(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            return next((name for name in archive.namelist() if name.endswith((".pkl", ".pickle"))), "")
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):  # damaged: the server tells how
        return ""
