"""Zip archives: skops is read; any other one is named and refused."""

import lzma
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from maas.adapters.formats import foreign, pickles
from maas.adapters.formats.findings import Found, shown
from maas.adapters.formats.refusals import RefusedError, damaged
from maas.adapters.formats.source import BLOCK, Source

MEMBERS_MAX = 20_000
UNPACKED_MAX = 4 << 30
# Deflate itself reaches about 1,030.
RATIO_MAX = 200
_SMALL = 1 << 20
_LOCAL, _END = 30, 22
_UTF8 = 0x800

# The first rule that a name of a member fulfils names the archive.
_KINDS: tuple[tuple[str, str], ...] = (
    ("data.pkl", f"a PyTorch file, which holds a pickle, {foreign.CODE}; convert the model with {foreign.TORCH}"),
    (".pkl", f"a zip archive with a pickle, {foreign.CODE}; {foreign.PICKLE}"),
    ("constants.pkl", "a TorchScript file, which holds code; convert the model with " + foreign.TORCH),
    ("archive_format", f"a .pt2 file, whose shapes PyTorch runs as code when it loads them; use {foreign.TORCH}"),
    ("config.json", f"a Keras file, whose Lambda layers hold code; {foreign.KERAS}"),
    (".npy", f"a file of NumPy arrays; {foreign.ARRAYS}"),
    (".onnx", "a zip archive with an ONNX file; unpack it"),
    (".zip", "a zip archive with another archive in it; unpack both"),
)


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


def is_zip(head: bytes, _size: int) -> bool:
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"))


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


def read(file: Source) -> Found:
    """Reads skops. Raises RefusedError for every other archive, with its name."""
    archive = opened(file)
    if "schema.json" in archive.members:
        from maas.adapters.formats import skops  # it needs this module

        return skops.read(archive, file)
    names = list(archive.members)
    for end, kind in _KINDS:
        if any(name.rpartition("/")[2].endswith(end) for name in names):
            raise RefusedError(f"the file is {kind}{_inner(archive)}")
    raise RefusedError(f"the file is a zip archive; unpack it, and upload its files as a set{_inner(archive)}")


def _inner(archive: Archive) -> str:
    """A clause that names the first pickle among the members; empty if none is found."""
    for name in list(archive.members)[:100]:
        if archive.members[name].file_size <= 64 * _SMALL:
            content = archive.content(name, 64 * _SMALL)
            found = pickles.scan(Source.of(content))
            if found.is_pickle:
                return f". {shown(name)} in it is a pickle{found.imports()}"
            if content[:6] == b"\x93NUMPY" and b"|O" in content[:128]:
                return f". {shown(name)} in it holds Python objects as a pickle"
            if content[:4] == b"PK\x03\x04" and (inner := _pickles_in(content)):
                return f". {shown(name)} in it holds the pickle {shown(inner)}"
    return ""


def _pickles_in(content: bytes) -> str:
    """The name of the first pickle in an archive inside an archive; empty if none is found. It looks no deeper."""
    inner = opened(Source.of(content))
    for name in list(inner.members)[:100]:
        small = inner.members[name].file_size <= 64 * _SMALL
        if small and pickles.scan(Source.of(inner.content(name, 64 * _SMALL))).is_pickle:
            return name
    return ""
