"""Checks of the files of a set beside its main one. Each is on the disk alone, and opened in the child process."""

import json
import tempfile
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from maas.domain.catalog.graphs import Inspection
from maas.domain.errors import NotFound
from maas.domain.uploads.sessions import UploadFile
from maas.domain.uploads.version_files import DETAILS_MAX_BYTES, Finding
from maas.services.ports.inference import ModelInspector
from maas.services.ports.storage import ObjectStore

# Seconds for all of them, with the main file. They leave time to record the result.
CHECK_SECONDS = 270.0
OUT_OF_TIME = f"the files could not be checked within {CHECK_SECONDS:.0f} seconds; upload fewer or smaller ones"
GONE = "the uploaded file is not in the store any more"
# The format of a file without content, which needs no reader.
EMPTY = "empty"


def differs(file: UploadFile, sha256: str, size: int) -> str:
    """The reason why stored bytes are not the declared file; empty if they are."""
    if size != file.size:
        return f"the file has {size} bytes, not the {file.size} declared"
    return "" if sha256 == file.sha256 else f"the file's SHA-256 is {sha256}, not the {file.sha256} declared"


class Companions:
    """Checks companions one after the other."""

    def __init__(self, objects: ObjectStore, inspector: ModelInspector) -> None:
        self._objects = objects
        self._inspector = inspector

    def check(self, files: Iterable[UploadFile], end: float) -> list[Finding] | str:
        """The findings, or the reason for the failure with the path of its file.

        `end` is the time of the monotonic clock until which there is time. Raises Unavailable.
        """
        found: list[Finding] = []
        left = DETAILS_MAX_BYTES
        for file in files:
            if time.monotonic() >= end:
                return OUT_OF_TIME
            finding = self._check(file, end - time.monotonic())
            if isinstance(finding, str):
                return f"{file.path}: {finding}"
            size = len(json.dumps(dict(finding.details), ensure_ascii=False).encode())
            fits = size <= left
            left -= size if fits else 0
            found.append(finding if fits else replace(finding, details={}))
        return found

    def _check(self, file: UploadFile, seconds: float) -> Finding | str:
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "file")
            try:
                sha256, size, object_version = self._objects.fetch(file.storage_key, path, seconds=seconds)
            except NotFound:
                return GONE
            if reason := differs(file, sha256, size):
                return reason
            if size == 0:
                return Finding(file.path, EMPTY, {}, object_version)
            inspection = self._inspector.inspect(path)
        return inspection if isinstance(inspection, str) else _finding(file, inspection, object_version)


def _finding(file: UploadFile, inspection: Inspection, object_version: str) -> Finding:
    return Finding(file.path, inspection.format.name, inspection.details, object_version)
