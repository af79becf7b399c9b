"""Versions of a model: SemVer 2.0 numbers, states and state changes."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import semver

from maas.domain import value_rules
from maas.domain.catalog.formats import ONNX
from maas.domain.errors import InvalidInput, Rule, WrongState

LATEST = "latest"
VERSION_MAX = 64
VERSION_METADATA_MAX_BYTES = 16 * 1024
VERSION_METADATA_MAX_DEPTH = 8
# Of an artifact. The longest sentence has a name of 256 characters and a shape of 16 dimensions of 19 digits each.
WARNINGS_MAX, WARNING_MAX = 16, 1024


class VersionState(StrEnum):
    """The states of a version. The file and the number of a published version never change."""

    DRAFT = "draft"
    UPLOADING = "uploading"
    VALIDATING = "validating"
    READY = "ready"
    PUBLISHED = "published"
    DEPRECATED = "deprecated"
    FAILED = "failed"


MOVES: Mapping[VersionState, frozenset[VersionState]] = {
    VersionState.DRAFT: frozenset({VersionState.UPLOADING}),
    VersionState.UPLOADING: frozenset({VersionState.VALIDATING, VersionState.DRAFT, VersionState.UPLOADING}),
    VersionState.VALIDATING: frozenset({VersionState.READY, VersionState.FAILED, VersionState.UPLOADING}),
    VersionState.READY: frozenset({VersionState.PUBLISHED, VersionState.UPLOADING}),
    VersionState.PUBLISHED: frozenset({VersionState.DEPRECATED}),
    VersionState.DEPRECATED: frozenset(),
    VersionState.FAILED: frozenset({VersionState.UPLOADING}),
}

# Versions with an upload or a checked file, which a new upload takes away. It must say so.
REPLACEABLE = frozenset({VersionState.UPLOADING, VersionState.VALIDATING, VersionState.READY})

# Versions whose predictions and downloads are open to everybody who may read the model.
SERVED = frozenset({VersionState.PUBLISHED, VersionState.DEPRECATED})


def check_move(version: str, current: VersionState, target: VersionState) -> None:
    """Raises WrongState, with both states in the message, if MOVES does not allow the change of state."""
    if target not in MOVES[current]:
        raise WrongState.of("state", f"version {version} is {current} and can't become {target}")


def check_startable(version: str, current: VersionState, upload_id: str, *, replace: bool) -> None:
    """Checks that an upload may start for the version, whose last upload is `upload_id`.

    Raises:
        WrongState: the version was published; or it is REPLACEABLE without `replace`, and the message says how.
    """
    check_move(version, current, VersionState.UPLOADING)
    if current in REPLACEABLE and not replace:
        ways = {
            VersionState.UPLOADING: f", or abort upload {upload_id}",
            VersionState.VALIDATING: f", or wait for the check of upload {upload_id}",
        }
        how = f"to replace its file, send replace: true{ways.get(current, '')}"
        under_way = upload_id if current in ways else ""
        raise WrongState.of("state", f"version {version} is {current}; {how}", under_way)


def check_deletable(version: str, current: VersionState) -> None:
    """Raises WrongState, with the current state in the message, if the version was published."""
    if current in SERVED:
        raise WrongState.of("state", f"version {version} is {current}; a version that was published can't be deleted")


def parse(value: str, field_name: str = "version") -> str:
    """A SemVer 2.0 number (https://semver.org). A leading `v` is dropped.

    Raises:
        InvalidInput: `value` is not a SemVer number, or longer than 64 characters.
    """
    number = value.removeprefix("v")
    if len(number) > VERSION_MAX:
        raise InvalidInput.of(field_name, Rule.MAX_LENGTH, f"must have at most {VERSION_MAX} characters")
    if not semver.Version.is_valid(number):
        raise InvalidInput.of(field_name, Rule.SEMVER, "must be a SemVer 2.0 version such as 1.2.3 or 2.0.0-rc.1")
    return number


def major(version: str) -> int:
    return semver.Version.parse(version).major


def is_prerelease(version: str) -> bool:
    return semver.Version.parse(version).prerelease is not None


def newer(a: str, b: str) -> bool:
    """Returns whether `a` has higher precedence than `b` (SemVer 2.0, 11). An empty `b` is lower than every version."""
    return not b or semver.Version.parse(a).compare(b) > 0


def sort_key(version: str) -> str:
    """A text whose code-point order is SemVer precedence (SemVer 2.0, 11); equal only for equal precedence.

    Each number has the count of its digits in front (two digits, up to 64), so 10 sorts after 9. A numeric identifier
    (prefix `1`) sorts before an alphanumeric one (prefix `2`), a shorter list of identifiers before a longer one, and
    every prerelease (`!`) before its release (`~`).
    """
    v = semver.Version.parse(version)
    release = ".".join(_number(str(n)) for n in (v.major, v.minor, v.patch))
    if v.prerelease is None:
        return f"{release}~"
    return release + "".join(f"!{_identifier(part)}" for part in v.prerelease.split("."))


def _number(digits: str) -> str:
    return f"{len(digits):02d}{digits}"


def _identifier(part: str) -> str:
    return f"1{_number(part)}" if part.isdigit() else f"2{part}"


@dataclass(frozen=True, slots=True)
class Tensor:
    """One input or output.

    `dtype` is ONNX's name of the element type ("float"). `shape` has -1 for a free dimension.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]


def by_name(tensors: Iterable[Tensor]) -> dict[str, Tensor]:
    return {tensor.name: tensor for tensor in tensors}


def shape_text(shape: Sequence[int]) -> str:
    """A shape for people: `[any, 4]`."""
    return f"[{', '.join('any' if size == -1 else str(size) for size in shape)}]"


@dataclass(frozen=True, slots=True)
class Signature:
    """The inputs and outputs of a model, in the order of its file."""

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A stored file that passed validation. `size` is in bytes, `sha256` hexadecimal.

    `warnings` are sentences for the owner about what will surprise callers. `format` is a name of FORMATS; only served
    ones have a signature that is not empty. `details` are the findings in the file, as JSON; lists of versions leave
    them empty.
    """

    storage_key: str
    size: int
    sha256: str
    signature: Signature
    object_version: str = ""
    warnings: tuple[str, ...] = ()
    format: str = ONNX
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version. `artifact` is set in the states ready, published and deprecated; `failure` is set in failed.

    `parent` is the number of the version that this one is based on, empty if unknown.
    `model_card` is Markdown; lists of versions leave it empty.
    `digest` is that of the manifest of its files; it is empty until they have passed validation, and for versions that
    an earlier release has validated. `file_count` and `total_size` count all files.
    `forced` is the reason to publish the version although it breaks callers of the version that it follows.
    `upload_id` is the upload that its file comes from, so that a late result of an earlier upload is recognised.
    For callers of another tenant, `created_by`, `forced` and `upload_id` are empty, and so is a `parent` that is not
    served.
    """

    model_id: str
    tenant_id: str
    version: str
    state: VersionState
    created_by: str
    created_at: datetime
    updated_at: datetime
    revision: int = 1
    failure: str = ""
    changelog: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    artifact: Artifact | None = None
    published_at: datetime | None = None
    deprecated_at: datetime | None = None
    parent: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    model_card: str = ""
    forced: str = ""
    upload_id: str = ""
    digest: str = ""
    file_count: int = 0
    total_size: int = 0


def checked_metadata(value: Any, field_name: str = "metadata") -> dict[str, Any]:
    """Returns `value` if it is a JSON object of at most 16 KiB and 8 levels whose numbers are finite.

    Raises:
        InvalidInput: `value` breaks one of these rules.
    """
    if not isinstance(value, dict):
        raise InvalidInput.of(field_name, Rule.TYPE, "must be a JSON object")
    if _depth(value) > VERSION_METADATA_MAX_DEPTH:
        raise InvalidInput.of(field_name, Rule.MAX_DEPTH, f"must be nested at most {VERSION_METADATA_MAX_DEPTH} deep")
    if not value_rules.is_unicode(json.dumps(value, ensure_ascii=False)):
        raise InvalidInput.of(field_name, Rule.UNICODE, "must not have lone surrogates")
    if len(json.dumps(value).encode()) > VERSION_METADATA_MAX_BYTES:
        raise InvalidInput.of(field_name, Rule.MAX_BYTES, f"must be at most {VERSION_METADATA_MAX_BYTES} bytes of JSON")
    if not _finite(value):
        raise InvalidInput.of(field_name, Rule.FINITE, "must not have NaN or infinite numbers")
    return value


def _depth(value: Any) -> int:
    """Levels of nesting, counted without recursion, which deep input would exhaust."""
    deepest, pending = 0, [(value, 1)]
    while pending:
        item, depth = pending.pop()
        children = _children(item)
        deepest = max(deepest, depth if isinstance(item, dict | list) else 0)
        pending.extend((child, depth + 1) for child in children)
    return deepest


def _finite(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return all(_finite(child) for child in _children(value))


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
