"""Versions of a model: SemVer 2.0 numbers, states, and the moves between them."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import semver

from maas.domain import value_rules
from maas.domain.errors import InvalidInput, Rule, WrongState

LATEST = "latest"
VERSION_MAX = 64
VERSION_METADATA_MAX_BYTES = 16 * 1024
VERSION_METADATA_MAX_DEPTH = 8


class VersionState(StrEnum):
    """The life of a version. Published bytes and numbers never change again."""

    DRAFT = "draft"
    UPLOADING = "uploading"
    VALIDATING = "validating"
    READY = "ready"
    PUBLISHED = "published"
    DEPRECATED = "deprecated"
    FAILED = "failed"


MOVES: Mapping[VersionState, frozenset[VersionState]] = {
    VersionState.DRAFT: frozenset({VersionState.UPLOADING}),
    VersionState.UPLOADING: frozenset({VersionState.VALIDATING, VersionState.DRAFT}),
    VersionState.VALIDATING: frozenset({VersionState.READY, VersionState.FAILED}),
    VersionState.READY: frozenset({VersionState.PUBLISHED}),
    VersionState.PUBLISHED: frozenset({VersionState.DEPRECATED}),
    VersionState.DEPRECATED: frozenset(),
    VersionState.FAILED: frozenset({VersionState.UPLOADING}),
}

# What nobody has seen but its makers.
DELETABLE = frozenset({VersionState.DRAFT, VersionState.FAILED})

# What may be served: predictions and downloads by anybody who may read the model.
SERVED = frozenset({VersionState.PUBLISHED, VersionState.DEPRECATED})


def check_move(version: str, current: VersionState, target: VersionState) -> None:
    """Raises WrongState, naming both states, where the table does not allow the move."""
    if target not in MOVES[current]:
        raise WrongState.of("state", f"version {version} is {current} and can't become {target}")


def check_deletable(version: str, current: VersionState) -> None:
    """Raises WrongState, naming the state it is in and those it may be deleted in."""
    if current not in DELETABLE:
        allowed = " or ".join(sorted(DELETABLE))
        raise WrongState.of("state", f"version {version} is {current} and can't be deleted; only {allowed} ones can")


def parse(value: str, field_name: str = "version") -> str:
    """A SemVer 2.0 number (https://semver.org), a leading `v` accepted and dropped.

    Raises:
        InvalidInput: not a SemVer number, or longer than 64 characters.
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
    """Whether `a` has higher precedence than `b` (SemVer 2.0, 11); an empty `b` is lower than everything."""
    return not b or semver.Version.parse(a).compare(b) > 0


def sort_key(version: str) -> str:
    """Text whose code-point order is SemVer precedence, and which two versions share only when precedence is equal.

    Numbers carry their length in front (digit counts up to 64 as two digits), so 10 sorts after 9; a numeric
    identifier (`1`) sorts before an alphanumeric one (`2`), a shorter list before a longer,
    any prerelease before its release (`~`).
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
    """One input or output: element type as ONNX names it ("float"), shape with -1 for a free dimension."""

    name: str
    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """What a model takes and gives, in the file's own order."""

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A stored file that passed validation. `size` in bytes, `sha256` hexadecimal."""

    storage_key: str
    size: int
    sha256: str
    signature: Signature
    object_version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A stored version; `artifact` is set from ready on, `failure` says why it failed.

    `parent` is the number of the version that it was made from, empty if nobody has said so.
    `model_card` is Markdown; a list of versions leaves it out. `forced` is the reason why it was published although it
    breaks callers of the version it follows.
    `created_by` and `forced` are empty, and so is a `parent` that is not served, where another tenant is answered.
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


def checked_metadata(value: Any, field_name: str = "metadata") -> dict[str, Any]:
    """A JSON object of at most 16 KiB and 8 levels, all numbers finite.

    Raises:
        InvalidInput: it is none, or too large or too deep.
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
    """Levels of nesting, walked without recursion so that no input can exhaust the stack."""
    deepest, todo = 0, [(value, 1)]
    while todo:
        item, depth = todo.pop()
        children = _children(item)
        deepest = max(deepest, depth if isinstance(item, dict | list) else 0)
        todo.extend((child, depth + 1) for child in children)
    return deepest


def _finite(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return all(_finite(child) for child in _children(value))


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
