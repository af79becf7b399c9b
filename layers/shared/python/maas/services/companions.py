"""Checks of the files of a set beside its main one. Some of them are on the disk at once, each opened by itself."""

import json
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from maas.domain.catalog.graphs import Inspection
from maas.domain.errors import NotFound
from maas.domain.uploads.sessions import UploadFile
from maas.domain.uploads.version_files import DETAILS_MAX_BYTES, Finding
from maas.services.ports.inspection import ModelInspector
from maas.services.ports.storage import ObjectStore

# Seconds for all of them, with the main file. They leave time to record the result.
CHECK_SECONDS = 270.0
OUT_OF_TIME = f"the files could not be checked within {CHECK_SECONDS:.0f} seconds; upload fewer or smaller ones"
GONE = "the uploaded file is not in the store any more"
# Files, and their bytes, that are on the disk and in one start of the inspector; a larger file is there alone.
BATCH_FILES, BATCH_BYTES = 50, 64 * 1024 * 1024
# Files of a batch that are fetched at once: a store takes longer to answer than a small file takes to arrive. botocore
# has ten connections.
FETCHES = 8
# The format of a file without content, which needs no reader.
EMPTY = "empty"


def differs(file: UploadFile, sha256: str, size: int) -> str:
    """The reason why stored bytes are not the declared file; empty if they are."""
    if size != file.size:
        return f"the file has {size} bytes, not the {file.size} declared"
    return "" if sha256 == file.sha256 else f"the file's SHA-256 is {sha256}, not the {file.sha256} declared"


class Companions:
    """Checks companions, some at once."""

    def __init__(self, objects: ObjectStore, inspector: ModelInspector) -> None:
        self._objects = objects
        self._inspector = inspector

    def check(self, files: Iterable[UploadFile], end: float) -> list[Finding] | str:
        """The findings, or the reason for the failure with the path of its file.

        `end` is the time of the monotonic clock until which there is time. Raises Unavailable.
        """
        found: list[Finding] = []
        for batch in _batches(files):
            with tempfile.TemporaryDirectory() as folder:
                checked = self._check(batch, Path(folder), end)
            if isinstance(checked, str):
                return checked
            found += checked
        return _bounded(found)

    def _check(self, batch: Sequence[UploadFile], folder: Path, end: float) -> list[Finding] | str:
        versions = self._fetched(batch, folder, end)
        if isinstance(versions, str):
            return versions
        paths = [str(folder / f"{number}") for number, file in enumerate(batch) if file.size]
        results = iter(self._inspector.inspect_all(paths, end - time.monotonic()) if paths else [])
        findings: list[Finding] = []
        for file, version in zip(batch, versions, strict=True):
            result = next(results, OUT_OF_TIME) if file.size else None
            if isinstance(result, str):
                return result if result == OUT_OF_TIME else f"{file.path}: {result}"
            findings.append(_finding(file, result, version))
        return findings

    def _fetched(self, batch: Sequence[UploadFile], folder: Path, end: float) -> list[str] | str:
        """Returns the versions of the objects, which are in the folder now, or the reason why one is not its file."""
        pool = ThreadPoolExecutor(FETCHES)
        try:
            fetches = [pool.submit(self._fetch, file, str(folder / f"{n}"), end) for n, file in enumerate(batch)]
            versions: list[str] = []
            for file, fetch in zip(batch, fetches, strict=True):
                version, reason = fetch.result()
                if reason:
                    return reason if reason == OUT_OF_TIME else f"{file.path}: {reason}"
                versions.append(version)
            return versions
        finally:
            pool.shutdown(cancel_futures=True)

    def _fetch(self, file: UploadFile, path: str, end: float) -> tuple[str, str]:
        """Returns the version of the object, and the reason why it is not the declared file; empty if it is."""
        seconds = end - time.monotonic()
        if seconds <= 0:
            return "", OUT_OF_TIME
        try:
            sha256, size, object_version = self._objects.fetch(file.file_key, path, seconds=seconds)
        except NotFound:
            return "", GONE
        return object_version, differs(file, sha256, size)


def _batches(files: Iterable[UploadFile]) -> Iterator[Sequence[UploadFile]]:
    batch: list[UploadFile] = []
    for file in files:
        if batch and (len(batch) == BATCH_FILES or sum(each.size for each in batch) + file.size > BATCH_BYTES):
            yield batch
            batch = []
        batch.append(file)
    if batch:
        yield batch


def _finding(file: UploadFile, inspection: Inspection | None, object_version: str) -> Finding:
    if inspection is None:
        return Finding(file.path, EMPTY, {}, object_version)
    return Finding(file.path, inspection.format.name, inspection.details, object_version)


def _bounded(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, without details that are more than a list of files has space for."""
    bounded: list[Finding] = []
    left = DETAILS_MAX_BYTES
    for finding in findings:
        size = len(json.dumps(dict(finding.details), ensure_ascii=False).encode())
        fits = size <= left
        left -= size if fits else 0
        bounded.append(finding if fits else replace(finding, details={}))
    return bounded
