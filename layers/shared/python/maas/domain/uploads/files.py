"""The files of an upload: what the client declares, and the plan to send them."""

from collections.abc import Sequence
from dataclasses import dataclass

from maas.domain import value_rules
from maas.domain.errors import InvalidInput, Rule
from maas.domain.uploads.paths import PATHS_MAX_BYTES, check_distinct, checked_path
from maas.domain.uploads.sessions import MIB, SINGLE_MAX, UploadFile, plan

FILES_MAX = 1000
# Bytes of all files of a version, if the operator sets no other limit: a check reads each of them within its time.
SET_MAX = 5 * 1024 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredFile:
    """A file as the client declares it. `main` is whether it is the one that is served."""

    path: str
    size: int
    sha256: str
    main: bool = False


@dataclass(frozen=True, slots=True)
class FileLimits:
    """The largest main file, and the most bytes that all files of a version have together."""

    main: int
    total: int


def checked_files(declared: Sequence[DeclaredFile], limits: FileLimits) -> tuple[DeclaredFile, ...]:
    """The files in stored form, in the order of their paths' bytes, of which exactly one is the main file.

    Raises InvalidInput with the first file that breaks a rule. Digests come last, so that a client can ask about paths
    and sizes before it reads gigabytes.
    """
    if not 1 <= len(declared) <= FILES_MAX:
        rule = Rule.MAX_ITEMS if declared else Rule.MIN_ITEMS
        raise InvalidInput.of("files", rule, f"must have from 1 to {FILES_MAX} items")
    fields = [f"files[{i}]" for i in range(len(declared))]
    paths = [checked_path(f"{field}.path", file.path) for field, file in zip(fields, declared, strict=True)]
    if sum(len(path.encode()) for path in paths) > PATHS_MAX_BYTES:
        raise InvalidInput.of("files", Rule.MAX_BYTES, f"must have paths of at most {PATHS_MAX_BYTES} bytes together")
    check_distinct([f"{field}.path" for field in fields], paths)
    main = _main(declared)
    sizes = [
        _checked_size(f"{field}.size", file.size, is_main=i == main, limits=limits)
        for i, (field, file) in enumerate(zip(fields, declared, strict=True))
    ]
    if sum(sizes) > limits.total:
        raise InvalidInput.of("files", Rule.RANGE, f"must have at most {limits.total} bytes together")
    digests = [value_rules.sha256(file.sha256, f"{fields[i]}.sha256") for i, file in enumerate(declared)]
    found = [
        DeclaredFile(path=path, size=size, sha256=digest, main=i == main)
        for i, (path, size, digest) in enumerate(zip(paths, sizes, digests, strict=True))
    ]
    return tuple(sorted(found, key=lambda file: file.path.encode()))


def _main(declared: Sequence[DeclaredFile]) -> int:
    """The place of the main file, which need not be marked if it is the only file."""
    marked = [i for i, file in enumerate(declared) if file.main]
    if len(marked) > 1:
        raise InvalidInput.of(f"files[{marked[1]}].main", Rule.REPEATED, "must be true for one file alone")
    if not marked and len(declared) > 1:
        raise InvalidInput.of("files", Rule.REQUIRED, "must have main: true for the file that is served")
    return marked[0] if marked else 0


def _checked_size(field: str, size: int, *, is_main: bool, limits: FileLimits) -> int:
    least, most = (1, min(limits.main, limits.total)) if is_main else (0, limits.total)
    if not least <= size <= most:
        why = ": a model has to fit into memory" if is_main else ""
        raise InvalidInput.of(field, Rule.RANGE, f"must be from {least} to {most} bytes{why}")
    return size


def planned(file: DeclaredFile, storage_key: str) -> UploadFile:
    """The file with its place in the store and the size of its parts."""
    size = file.size
    part_size = size if size <= SINGLE_MAX else plan(size, None, size).part_size
    return UploadFile(
        path=file.path, size=size, sha256=file.sha256, main=file.main, part_size=part_size, storage_key=storage_key
    )
