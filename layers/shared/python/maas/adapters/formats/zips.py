"""Zip files: skops is read; any other one is named and refused."""

from maas.adapters.formats import archives, foreign, pickles, skops
from maas.adapters.formats.archives import Archive
from maas.adapters.formats.findings import Found, shown
from maas.adapters.formats.refusals import RefusedError
from maas.adapters.formats.source import Source

_MEMBER_MAX = 64 << 20

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


def read(file: Source) -> Found:
    """Reads skops. Raises RefusedError for every other archive, with its name."""
    archive = archives.opened(file)
    if "schema.json" in archive.members:
        return skops.read(archive, file)
    names = list(archive.members)
    for end, kind in _KINDS:
        if any(name.rpartition("/")[2].endswith(end) for name in names):
            raise RefusedError(f"the file is {kind}{_inner(archive)}")
    raise RefusedError(f"the file is a zip archive; unpack it, and upload its files as a set{_inner(archive)}")


def _inner(archive: Archive) -> str:
    """A clause that names the first pickle among the members; empty if none is found."""
    for name in list(archive.members)[:100]:
        if archive.members[name].file_size <= _MEMBER_MAX:
            content = archive.content(name, _MEMBER_MAX)
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
    inner = archives.opened(Source.of(content))
    for name in list(inner.members)[:100]:
        small = inner.members[name].file_size <= _MEMBER_MAX
        if small and pickles.scan(Source.of(inner.content(name, _MEMBER_MAX))).is_pickle:
            return name
    return ""
