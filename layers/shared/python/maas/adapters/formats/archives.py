"""Zip archives: their members, each checked."""

import lzma
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from maas.adapters.formats.findings import shown
from maas.adapters.formats.refusals import RefusedError, damaged
from maas.adapters.formats.source import BLOCK, Source

MEMBERS_MAX = 20_000
UNPACKED_MAX = 4 << 30
# Deflate itself reaches about 1,030.
RATIO_MAX = 200
_SMALL = 1 << 20
_LOCAL, _END = 30, 22
_UTF8 = 0x800


@dataclass(frozen=True, slots=True)
class Archive:
    """A zip archive whose members follow each other without a gap, from the first byte to the directory."""

    members: Mapping[str, zipfile.ZipInfo]
    opened: zipfile.ZipFile

    def blocks(self, name: str) -> Iterator[bytes]:
        """The bytes of a member. Raises RefusedError if they are not those that the directory announces."""
        info, total = self.members[name], 0
        try:
            with self.opened.open(info) as member:
                while block := member.read(BLOCK):
                    total += len(block)
                    if total > info.file_size:
                        break
                    yield block
        # zipfile says so of damage (bz2 with OSError), cut data, unknown methods and encryption (RuntimeError), and
        # impossible fields.
        except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, RuntimeError, ValueError):
            raise damaged(f"member {shown(name)} of the archive can't be unpacked") from None
        if total != info.file_size:
            raise damaged(f"member {shown(name)} of the archive has another size than announced")

    def content(self, name: str, limit: int) -> bytes:
        """A whole member of at most `limit` bytes."""
        if self.members[name].file_size > limit:
            raise RefusedError(
                f"member {shown(name)} has {self.members[name].file_size} bytes; at most {limit} are read"
            )
        return b"".join(self.blocks(name))


def opened(file: Source) -> Archive:
    """Opens an archive. Raises RefusedError if it is damaged, a bomb, or has bytes outside its members."""
    try:
        found = zipfile.ZipFile(file.stream())
    # The directory's fields reach struct, seek and zlib unchecked, each with errors of its own.
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, zlib.error):
        raise RefusedError("the file is a zip archive that is damaged or cut off") from None
    infos = sorted(found.infolist(), key=lambda each: each.header_offset)
    if not 1 <= len(infos) <= MEMBERS_MAX:
        raise RefusedError(f"the archive has {len(infos)} members; from 1 to {MEMBERS_MAX} are read")
    members = {info.filename: info for info in infos}
    if len(members) != len(infos):
        raise damaged("two members of the archive have one name")
    _check_sizes(infos)
    return Archive(members, found)


def _check_sizes(infos: list[zipfile.ZipInfo]) -> None:
    if sum(info.file_size for info in infos) > UNPACKED_MAX:
        raise RefusedError(f"the archive unpacks to more than {UNPACKED_MAX} bytes")
    for info in infos:
        if info.file_size > RATIO_MAX * info.compress_size + _SMALL:
            raise RefusedError(f"member {shown(info.filename)} unpacks to more than {RATIO_MAX} times its size")


def check_layout(archive: Archive, file: Source) -> None:
    """Raises RefusedError unless every byte before the directory belongs to a member."""
    at = 0
    for info in archive.members.values():
        head = file.take(info.header_offset, _LOCAL, "a member of the archive")
        name, extra = int.from_bytes(head[26:28], "little"), int.from_bytes(head[28:30], "little")
        if info.header_offset != at or head[:4] != b"PK\x03\x04":
            raise damaged("the members of the archive do not follow each other")
        if info.flag_bits & ~_UTF8 or int.from_bytes(head[6:8], "little") != info.flag_bits:
            raise RefusedError("a member of the archive is encrypted, or was written as a stream")
        if file.take(at + _LOCAL, name, "a name") != info.orig_filename.encode("utf-8" if info.flag_bits else "cp437"):
            raise damaged("a member of the archive has two names")
        at += _LOCAL + name + extra + info.compress_size
    end = file.head(_END, max(0, file.size - _END))
    if at != archive.opened.start_dir or end[:4] != b"PK\x05\x06":
        raise RefusedError("the archive has bytes between its members and their directory, or a comment")
