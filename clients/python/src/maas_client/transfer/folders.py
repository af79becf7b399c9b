"""The files of a local folder that become a version together."""

import hashlib
import json
import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from maas_client.errors import EmptyFile, FileError
from maas_client.local_files import changed, is_text, readable, sha256_of
from maas_client.transfer.places import require_storable

# What one version has at most, by docs/limits.md of the server.
FILES_MAX = 1000
# What tools leave in folders, and nobody means to publish.
LEFT_OUT = frozenset({".git", ".DS_Store", "__pycache__", ".ipynb_checkpoints", "Thumbs.db"})
# The names of models; the one that is served comes first. XGBoost's JSON and LightGBM's text have names of companions.
_MODELS = (".onnx", ".safetensors", ".skops", ".ubj", ".gguf", ".tflite")


@dataclass(frozen=True)
class LocalFile:
    """A file of a folder. `path` is relative, with slashes and in Unicode NFC, as the server names it."""

    path: str
    source: Path
    size: int


@dataclass(frozen=True)
class HashedFile(LocalFile):
    """A file that was read once. `sha256` is hexadecimal; `main` is whether it is the one that is served."""

    sha256: str
    main: bool

    def declared(self) -> dict[str, object]:
        """Returns the file as the start of an upload, and the manifest, name it."""
        return {"path": self.path, "size": self.size, "sha256": self.sha256, "main": self.main}


def files_of(folder: Path) -> list[LocalFile]:
    """Returns the regular files below a folder, by path. Reads no content.

    Raises:
        EmptyFile: there is none.
        FileError: there are more than FILES_MAX, or something else than files and folders, or a name is not storable,
            or two names are one where the form of Unicode does not count.
    """
    found = [*_walked(folder)]
    if not found:
        raise EmptyFile(f"{folder} has no files")
    if len(found) > FILES_MAX:
        raise FileError(f"{folder} has {len(found):,} files; a version has at most {FILES_MAX:,}")
    found.sort(key=lambda file: file.path.encode())
    for one, other in pairwise(found):
        if one.path == other.path:
            names = f"{str(one.source)!a} and {str(other.source)!a}"
            raise FileError(f"rename one of {names}: they differ in the form of Unicode alone")
    return found


def main_of(files: Iterable[LocalFile], asked: str | None) -> str:
    """Returns the path of the main file: the one asked for, the only one, the only `.onnx` file or file of a model.

    Raises FileError if it can't be told.
    """
    paths = [file.path for file in files]
    wanted = None if asked is None else unicodedata.normalize("NFC", asked)
    if wanted is not None and wanted not in paths:
        raise FileError(f"the folder has no file {wanted!r} to be the main one")
    if wanted is not None or len(paths) == 1:
        return wanted or paths[0]
    for ends in (_MODELS[:1], _MODELS):
        if len(found := [path for path in paths if path.endswith(ends)]) == 1:
            return found[0]
    raise FileError(f"give --main (main=) the path of the model in the folder: {_choice(found)}")


def _choice(models: list[str]) -> str:
    if not models:
        return f"none of its files ends in {', '.join(_MODELS)}"
    return f"it has {', '.join(models[:3])}{' and others' if len(models) > 3 else ''}"


def hashed(file: LocalFile, main: str, stopped: Callable[[], bool] = lambda: False) -> HashedFile:
    """Reads a file for its digest. Raises UnreadableFile, MissingFile, Stopped."""
    return HashedFile(file.path, file.source, file.size, sha256_of(file.source, stopped), file.path == main)


def require_same(file: HashedFile, stopped: Callable[[], bool] = lambda: False) -> None:
    """Reads a file again. Raises ChangedFile if its bytes are others by now, UnreadableFile, MissingFile, Stopped."""
    if sha256_of(file.source, stopped) != file.sha256:
        raise changed(file.source)


def digest_of(files: Iterable[HashedFile]) -> str:
    """Returns the digest of the manifest, as docs/api/files.md of the server defines it."""
    ordered = [file.declared() for file in sorted(files, key=lambda file: file.path.encode())]
    text = json.dumps({"schema": 1, "files": ordered}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _walked(folder: Path) -> Iterator[LocalFile]:
    def refuse(error: OSError) -> None:
        raise error

    with readable(folder):
        for root, folders, names in os.walk(folder, onerror=refuse):
            folders[:] = sorted(set(folders) - LEFT_OUT)
            for name in sorted({*names, *(each for each in folders if (Path(root) / each).is_symlink())} - LEFT_OUT):
                source = Path(root) / name
                if not source.is_file():
                    raise FileError(f"{source} is neither a file nor a folder")
                if not is_text(name):
                    raise FileError(f"{str(source)!r} has a name that is not a text in UTF-8")
                path = unicodedata.normalize("NFC", source.relative_to(folder).as_posix())
                require_storable(path)
                yield LocalFile(path, source, source.stat().st_size)
