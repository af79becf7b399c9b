"""The layout of the registry's items as far as a backup needs it, in DynamoDB's JSON: their files, and what is counted.

The layout itself is in functions/registry/store/items.py and records.py, and a test compares the two.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Item = dict[str, Any]

# Logical ids in template.yaml.
REGISTRY, IDENTITY, AUDIT = "RegistryTable", "IdentityTable", "AuditTable"
TABLES = (REGISTRY, IDENTITY, AUDIT)
ARTIFACTS, AUDIT_LOG = "ArtifactsBucket", "AuditBucket"
_SEGMENT = re.compile(r"[0-9a-f-]{36}/[0-9]{12}\.jsonl")  # maas.domain.audit.chain.segment_key
_KEPT_EVENTS, _STREAM = 7 * 86_400, 86_400  # seconds until events expire, and until a stream drops them
_SUMMARY = ".graph.json.gz"  # S3GraphStore's suffix


@dataclass(frozen=True, slots=True)
class File:
    """An object that a record names. `version` is empty for the newest one, `sha256` if the record has none.

    `owner` tells people what it is. An `optional` file may be absent: older models have no summary of their graph.
    """

    key: str
    version: str
    sha256: str = ""
    owner: str = ""
    optional: bool = False


@dataclass(slots=True)
class Contents:
    """The contents of all tables. `validating` has upload and tenant of versions that wait for a check."""

    counts: Counter[str] = field(default_factory=Counter)
    files: list[File] = field(default_factory=list)
    validating: list[tuple[str, str]] = field(default_factory=list)


def contents(read: Callable[[], Iterable[Item]]) -> Contents:
    """Reads all items, twice: the files of versions that are not checked yet are named by other items.

    Versions of a model that is deleted may be left, if the process that deleted them was killed. Their files are gone.
    """
    found, models = Contents(), set[str]()
    versions: list[tuple[str, list[File], list[tuple[str, str]]]] = []
    for item in read():
        _count(found.counts, item)
        if _text(item, "sk") == "MODEL":
            models.add(_text(item, "pk"))
        elif _text(item, "pk").startswith("SEGMENTS#"):
            found.files.append(_segment(item))
        elif _is_version(item):
            versions.append((_text(item, "pk"), _checked(item), _validating(item)))
    for model, files, validating in versions:
        if model in models:
            found.files += files
            found.validating += validating
    found.files += _unchecked(read(), {upload for upload, _ in found.validating})
    return found


def bucket_of(key: str) -> str:
    """The bucket that an object belongs to: its key tells, and no file of a model has one of the audit log."""
    return AUDIT_LOG if _SEGMENT.fullmatch(key) else ARTIFACTS


def moved(item: Item, versions: Mapping[tuple[str, str], str]) -> Item:
    """The item with the version ids that its object has in another bucket. `versions` has them by key and old id."""
    artifact = _artifact(item) if _is_version(item) else None
    if artifact is None:
        return item
    before = _text(artifact, "storage_key"), _text(artifact, "object_version")
    after = {"object_version": {"S": versions.get(before, before[1])}}
    return {**item, "artifact": {"M": {**artifact, **after}}}


def is_published(item: Item, now: float) -> bool:
    """Returns whether the item has events that the relay of the stack before had a day's time to publish.

    In another stack it would publish them again, as a stream has each item that is written to it.
    """
    expires = item.get("expires", {}).get("N", "0")
    return _text(item, "sk").startswith("EVENT#") and float(expires) - _KEPT_EVENTS < now - _STREAM


def _count(counts: Counter[str], item: Item) -> None:
    key, sort = _text(item, "pk"), _text(item, "sk")
    if sort == "MODEL":
        counts["models"] += 1
    elif _is_version(item):
        counts["versions"] += 1
    elif key.startswith("TENANT#") and sort.startswith("USER#"):
        counts["users"] += 1


def _segment(item: Item) -> File:
    """The file of records of an audit log. It is written once, so the newest version is the only one."""
    key = _text(item, "key")
    return File(key, "", _text(item, "sha256"), f"audit log {key}")


def _files(artifact: Item, owner: str) -> list[File]:
    key, version = _text(artifact, "storage_key"), _text(artifact, "object_version")
    summary = File(key + _SUMMARY, "", owner=f"{owner}, summary of its graph", optional=True)
    return [File(key, version, _text(artifact, "sha256"), owner), summary]


def _checked(version: Item) -> list[File]:
    artifact = _artifact(version)
    return _files(artifact, _owner(version)) if artifact else []


def _validating(version: Item) -> list[tuple[str, str]]:
    """Upload and tenant of a version that waits for a check."""
    waits = _text(version, "state") == "validating" and not _artifact(version)
    return [(_text(version, "upload_id"), _text(version, "tenant_id"))] if waits else []


def _unchecked(items: Iterable[Item], uploads: set[str]) -> Iterator[File]:
    """The files of these uploads. Whether they have the declared SHA-256 is what the check has to find out."""
    for item in items if uploads else ():
        if _text(item, "sk") == "UPLOAD" and (upload := _text(item, "upload_id")) in uploads:
            yield File(_text(item, "storage_key"), "", owner=f"upload {upload}")


def _is_version(item: Item) -> bool:
    return _text(item, "pk").startswith("MODEL#") and _text(item, "sk").startswith("VERSION#")


def _artifact(item: Item) -> Item | None:
    found: Item | None = item.get("artifact", {}).get("M")
    return found


def _owner(item: Item) -> str:
    return f"version {_text(item, 'version')} of model {_text(item, 'model_id')}"


def _text(item: Item, name: str) -> str:
    value: str = item.get(name, {}).get("S", "")
    return value
