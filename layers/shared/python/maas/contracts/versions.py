"""Bodies of the version routes."""

from datetime import datetime
from typing import Any

from pydantic import Field

from maas.contracts.base import Answer, Body


class CreateVersion(Body):
    """A new version. Exactly one of `version` and `bump` is given.

    `metadata` is any JSON object; predictions read the names of classes from its `class_names`.
    """

    version: str = ""
    bump: str = ""
    parent: str = ""
    changelog: str = ""
    metadata: dict[str, Any] = Field(default_factory=dict)
    metrics: dict[str, float] = Field(default_factory=dict)
    model_card: str = ""


class PatchVersion(Body):
    """A partial change; a field that is left out keeps its value.

    `metadata` and `metrics` replace all stored entries.
    """

    changelog: str | None = None
    metadata: dict[str, Any] | None = None
    metrics: dict[str, float] | None = None
    model_card: str | None = None


class PublishVersion(Body):
    """With `force` and a `reason`, a minor or patch version that breaks callers is published."""

    force: bool = False
    reason: str = ""


class TensorAnswer(Answer):
    """One input or output of a model. `shape` has -1 for a free dimension."""

    name: str
    dtype: str
    shape: list[int]


class SignatureAnswer(Answer):
    inputs: list[TensorAnswer]
    outputs: list[TensorAnswer]


class VersionAnswer(Answer):
    """A version. `format`, `size` (bytes), `sha256` and `details` are null until the file has passed validation.

    `signature` is null until then, and for files that are kept and not served. `details` are the findings in the file:
    counts, and the first names; lists of versions leave them null.
    `warnings` are sentences about what will surprise callers of the file; empty until then.
    `digest` is that of the manifest of its files, which `file_count` and `total_size` count; null and 0 until then.
    `created_by` is null for callers of another tenant.
    """

    model_id: str
    version: str
    state: str
    failure: str | None
    parent: str | None
    changelog: str
    metadata: dict[str, Any]
    metrics: dict[str, float]
    model_card: str
    format: str | None
    size: int | None
    sha256: str | None
    signature: SignatureAnswer | None
    details: dict[str, Any] | None
    warnings: list[str]
    created_by: str | None
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None
    deprecated_at: datetime | None
    forced: str | None
    digest: str | None
    file_count: int
    total_size: int
    revision: int
