"""Files that are of one format and of another one as well, which a careless program would open.

Each reader accounts for the bytes of its format. What is checked here is how other programs find theirs: a pickle at
the beginning, a zip archive from the end, HDF5 at some powers of two, tar by a sum.
"""

from maas.adapters.formats import foreign, pickles
from maas.adapters.formats.refusals import RefusedError
from maas.adapters.formats.source import Source

_ZIP_END, _ZIP_END_SIZE, _ZIP_COMMENT_MAX = b"PK\x05\x06", 22, 65535
_ZIP_ENTRY, _ZIP64 = b"PK\x01\x02", b"PK\x06\x07"
_HDF5 = b"\x89HDF\r\n\x1a\n"


def check(file: Source) -> None:
    """Raises RefusedError if the file is a pickle, a tar archive, an HDF5 file or a zip archive as well."""
    found = pickles.scan(file)
    if found.is_pickle:
        raise RefusedError(f"the file is {foreign.pickle_of(found)}")
    if name := foreign.packed_pickle(file):
        raise RefusedError(f"the file is {name}")
    head = file.head(512)
    if foreign.is_tar(head):
        raise RefusedError("the file is a tar archive as well; upload one format")
    at = 512
    while at + len(_HDF5) <= file.size:
        if file.head(len(_HDF5), at) == _HDF5:
            raise RefusedError("the file is an HDF5 file as well; upload one format")
        at *= 2
    if not head.startswith(b"PK") and _ends_as_zip(file):
        raise RefusedError("a zip archive is appended to the file; upload its files one by one")


def _ends_as_zip(file: Source) -> bool:
    start = max(0, file.size - _ZIP_END_SIZE - _ZIP_COMMENT_MAX)
    tail = file.head(file.size - start, start)
    at = tail.rfind(_ZIP_END)
    while at >= 0:
        if _is_end(file, tail[at : at + _ZIP_END_SIZE], start + at):
            return True
        at = tail.rfind(_ZIP_END, 0, at)
    return False


def _is_end(file: Source, record: bytes, at: int) -> bool:
    """Returns whether a program would take the record for an archive's end. zipfile ignores what follows it."""
    if int.from_bytes(record[20:22], "little") == file.size - at - _ZIP_END_SIZE:
        return True
    directory = at - int.from_bytes(record[12:16], "little")
    fits = len(record) == _ZIP_END_SIZE and 0 <= directory < at
    return (fits and file.head(4, directory) == _ZIP_ENTRY) or (at >= 20 and file.head(4, at - 20) == _ZIP64)
