"""The files of a version, and the findings of the validator in them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from maas.domain import value_rules
from maas.domain.catalog.versions import Version
from maas.domain.errors import InvalidInput, Rule
from maas.domain.uploads.sessions import UploadFile
from maas.domain.uploads.validation import OBJECT_VERSION_MAX

FORMAT_MAX = 64
# JSON of all details together, so that the list of a thousand files stays one record.
DETAILS_MAX_BYTES = 128 * 1024


@dataclass(frozen=True, slots=True)
class VersionFiles:
    """`digest` is that of the manifest."""

    version: Version
    digest: str
    files: tuple[UploadFile, ...]

    @property
    def total_size(self) -> int:
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True)
class Finding:
    """Findings of the validator in a file beside the main one, whose findings are its artifact."""

    path: str
    format: str
    details: Mapping[str, Any]
    object_version: str = ""


def with_findings(files: Sequence[UploadFile], findings: Sequence[Finding]) -> tuple[UploadFile, ...]:
    """The files with what was found in each. Raises InvalidInput unless each file but the main one has one finding."""
    by_path = {finding.path: finding for finding in findings}
    expected = {file.path for file in files if not file.main}
    if len(by_path) != len(findings) or by_path.keys() != expected:
        raise InvalidInput.of("findings", Rule.INVALID, "must have one finding for each file but the main one")
    if sum(len(_json(finding.details)) for finding in findings) > DETAILS_MAX_BYTES:
        message = f"must have details of at most {DETAILS_MAX_BYTES} bytes of JSON together"
        raise InvalidInput.of("findings", Rule.MAX_BYTES, message)
    return tuple(file if file.main else _with_finding(file, by_path[file.path]) for file in files)


def _json(details: Mapping[str, Any]) -> bytes:
    return json.dumps(dict(details), ensure_ascii=False).encode()


def _with_finding(file: UploadFile, found: Finding) -> UploadFile:
    return replace(
        file,
        format=value_rules.text("findings.format", found.format, maximum=FORMAT_MAX),
        details=dict(found.details),
        object_version=value_rules.text("findings.object_version", found.object_version, maximum=OBJECT_VERSION_MAX),
    )
