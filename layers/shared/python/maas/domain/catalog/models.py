"""Models: named collections of versions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from maas.domain import value_rules
from maas.domain.catalog.model_names import model_name
from maas.domain.catalog.references import parse_reference
from maas.domain.catalog.versions import LATEST
from maas.domain.errors import InvalidInput, Rule
from maas.domain.pages import Page

E = TypeVar("E", bound=StrEnum)


class Framework(StrEnum):
    """The framework that the model was made with. The older wire contract fixes the values."""

    PYTORCH = "pytorch"
    TENSORFLOW = "tensorflow"
    ONNX = "onnx"
    SKLEARN = "sklearn"
    XGBOOST = "xgboost"
    CUSTOM = "custom"


class ModelStatus(StrEnum):
    """The model's status in its owner's process; any change is allowed. The older wire contract fixes the values."""

    PENDING = "pending"
    BUILDING = "building"
    READY = "ready"
    DEPLOYING = "deploying"
    RUNNING = "running"
    FAILED = "failed"
    ARCHIVED = "archived"


def framework(value: str) -> Framework:
    return _member(Framework, "framework", value)


def status(value: str) -> ModelStatus:
    return _member(ModelStatus, "status", value)


def default_ref(value: str) -> str:
    """A reference, by its syntax alone: the version or alias may be made later. Raises InvalidInput."""
    parsed = parse_reference(value, "default_ref")
    return parsed.number or parsed.text or value


def _member(kind: type[E], field_name: str, value: str) -> E:
    try:
        return kind(value)
    except ValueError:
        raise InvalidInput.of(field_name, Rule.ENUM, f"must be one of {', '.join(kind)}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewModel:
    """A model to be created."""

    name: str
    framework: str
    description: str = ""
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    is_public: bool = False
    version: str | None = None
    default_ref: str = LATEST

    def checked(self) -> "NewModel":
        """This model with every field but `version` in stored form; versions.parse checks that one.

        Raises:
            InvalidInput: a field breaks its rule.
        """
        return NewModel(
            name=model_name(self.name),
            framework=framework(self.framework),
            description=value_rules.description(self.description),
            tags=value_rules.tags(self.tags),
            metadata=value_rules.metadata(self.metadata),
            is_public=self.is_public,
            version=self.version,
            default_ref=default_ref(self.default_ref),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChange:
    """A partial update: None keeps a field as it is. `add_tags` and `remove_tags` change the stored tags."""

    name: str | None = None
    description: str | None = None
    framework: str | None = None
    status: str | None = None
    is_public: bool | None = None
    tags: tuple[str, ...] | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    metadata: Mapping[str, str] | None = None
    default_ref: str | None = None
    expected_revision: int | None = None


class ModelSort(StrEnum):
    """The sort order of a list of models; a leading `-` means descending."""

    OLDEST = "created_at"
    NEWEST = "-created_at"
    NAME = "name"
    NAME_DOWN = "-name"

    @property
    def by_name(self) -> bool:
        return self in (ModelSort.NAME, ModelSort.NAME_DOWN)

    @property
    def descending(self) -> bool:
        return self.startswith("-")


def model_sort(value: str) -> ModelSort:
    return _member(ModelSort, "sort", value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFilter:
    """The filters of a list of models; None and an empty value match every model.

    A model matches `tags` if it has all of them. `created_after` is inclusive, `created_before` exclusive. `visibility`
    "public" selects the public models of all tenants, "shared" those of other tenants that the caller has a grant on;
    empty selects the models of the caller's tenant.
    """

    q: str = ""
    name: str = ""
    framework: str = ""
    status: str = ""
    owner_id: str = ""
    tags: tuple[str, ...] = ()
    is_public: bool | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    visibility: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPage:
    """The page of a list of models that a caller wants: of at most `limit` models, from behind the `cursor`.

    `page`, counted from 1, takes the place of a cursor. `sort` is a ModelSort; empty sorts by name if `q` of the filter
    is given, else newest first.
    """

    limit: int
    cursor: str = ""
    sort: str = ""
    page: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model. `latest_version` is the highest published version that is not a prerelease, empty without one.

    `default_ref` is the reference that stands for a version where a caller gives none.
    """

    id: str
    tenant_id: str
    owner_id: str
    name: str
    framework: Framework
    status: ModelStatus
    created_at: datetime
    updated_at: datetime
    revision: int = 1
    description: str = ""
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    is_public: bool = False
    latest_version: str = ""
    default_ref: str = LATEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """A version as the older wire contract shows it in a model.

    `size` is in bytes, `checksum` is a hexadecimal SHA-256.
    """

    version: str
    size: int = 0
    checksum: str = ""
    storage_path: str = ""


@dataclass(frozen=True, slots=True)
class ModelPage(Page[Model]):
    """One page of a list of models. `total` is the number of models on all pages; None if it is not counted."""

    total: int | None = 0
