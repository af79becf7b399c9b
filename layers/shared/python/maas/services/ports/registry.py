"""What the services need of the outside, as they need it. Adapters match these; so do the fakes of the tests.

Every registry method raises Unavailable when the registry does not answer in time, and NotFound for what is
absent or belongs to another tenant.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from maas.domain.catalog.aliases import NOTHING_EXPECTED, Alias, AliasMove, AliasTarget, Expectation, LiveAt
from maas.domain.catalog.amendments import VersionChange
from maas.domain.catalog.graphs import Graph, Inspection
from maas.domain.catalog.models import Model, ModelChange, ModelFilter, ModelPage, NewModel, Page
from maas.domain.catalog.version_changes import NewVersion
from maas.domain.catalog.versions import Artifact, Version
from maas.domain.identity.principals import Principal
from maas.domain.uploads.sessions import StoredPart, Upload, UploadStart


class ModelRegistry(Protocol):
    """The catalogue of models."""

    async def create_model(self, by: Principal, new: NewModel) -> Model:
        """Raises InvalidInput, AlreadyExists (name)."""
        ...

    async def get_model(self, by: Principal, model_id: str) -> Model:
        """Raises NotFound."""
        ...

    async def list_models(
        self,
        by: Principal,
        narrowed: ModelFilter,
        *,
        limit: int,
        cursor: str,
        sort: str = "",
        page: int | None = None,
    ) -> ModelPage:
        """The caller's tenant's models; `page`, from 1, in place of a cursor.

        `sort` is one of domain.models.ModelSort; empty: by name where `q` is given, else newest first.
        Raises InvalidInput (limit, cursor, page, sort, a filter).
        """
        ...

    async def update_model(self, by: Principal, model_id: str, change: ModelChange) -> Model:
        """Raises InvalidInput, NotFound, AlreadyExists (name), RevisionMismatch."""
        ...

    async def delete_model(self, by: Principal, model_id: str, expected_revision: int | None = None) -> None:
        """Deletes the model and its versions. Raises NotFound, RevisionMismatch."""
        ...


class VersionRegistry(Protocol):
    """The versions of models."""

    async def create_version(self, by: Principal, model_id: str, new: NewVersion) -> Version:
        """A draft. Raises InvalidInput, NotFound (model_id, parent), AlreadyExists (version)."""
        ...

    async def get_version(self, by: Principal, model_id: str, ref: str) -> Version:
        """`ref` is an exact version, `latest`, an alias or a range. Raises InvalidInput (ref), NotFound."""
        ...

    async def list_versions(self, by: Principal, model_id: str, *, limit: int, cursor: str) -> Page[Version]:
        """Highest precedence first, without their model cards. Raises InvalidInput, NotFound."""
        ...

    async def update_version(self, by: Principal, model_id: str, version: str, change: VersionChange) -> Version:
        """What may still change of it. Raises InvalidInput, NotFound, RevisionMismatch, WrongState."""
        ...

    async def publish_version(
        self, by: Principal, model_id: str, version: str, force: str = "", expected_revision: int | None = None
    ) -> Version:
        """Publishing what is published answers the same again. `force`: the reason to publish what breaks callers.

        Raises InvalidInput, NotFound, WrongState, Incompatible, RevisionMismatch.
        """
        ...

    async def deprecate_version(
        self, by: Principal, model_id: str, version: str, expected_revision: int | None = None
    ) -> Version:
        """published -> deprecated; refused while an alias points at it. Repeating it answers the same.

        Raises InvalidInput, NotFound, WrongState, RevisionMismatch.
        """
        ...

    async def delete_version(
        self, by: Principal, model_id: str, version: str, expected_revision: int | None = None
    ) -> None:
        """Of a draft or a failed version. Raises InvalidInput, NotFound, WrongState, RevisionMismatch."""
        ...


class AliasRegistry(Protocol):
    """The aliases of models, and the history of their moves."""

    async def list_aliases(self, by: Principal, model_id: str) -> list[Alias]:
        """By name. Raises NotFound."""
        ...

    async def get_alias(self, by: Principal, model_id: str, alias: str) -> Alias:
        """Raises InvalidInput (alias), NotFound (model_id, alias)."""
        ...

    async def set_alias(self, by: Principal, model_id: str, target: AliasTarget) -> tuple[Alias, bool]:
        """The alias, and whether it is new. One that points there already stays as it is.

        Raises InvalidInput, NotFound (model_id, version), WrongState, RevisionMismatch, PreconditionRequired.
        """
        ...

    async def delete_alias(
        self, by: Principal, model_id: str, alias: str, reason: str = "", expected: Expectation = NOTHING_EXPECTED
    ) -> None:
        """Its history stays. Raises InvalidInput, NotFound (model_id, alias), RevisionMismatch."""
        ...

    async def rollback_alias(
        self, by: Principal, model_id: str, alias: str, reason: str = "", expected: Expectation = NOTHING_EXPECTED
    ) -> Alias:
        """Back to what it pointed at before; the next one goes further back.

        Raises InvalidInput, NotFound (model_id, alias), WrongState, RevisionMismatch.
        """
        ...

    async def list_alias_moves(
        self, by: Principal, model_id: str, alias: str, *, limit: int, cursor: str
    ) -> Page[AliasMove]:
        """Newest first, of a deleted alias too; for the model's own tenant. Raises InvalidInput, NotFound."""
        ...

    async def alias_at(self, by: Principal, model_id: str, alias: str, at: datetime) -> LiveAt:
        """What was live then; for the model's own tenant. Raises InvalidInput (alias), NotFound (model_id, alias)."""
        ...


class UploadRegistry(Protocol):
    """Upload sessions; each move takes the version with it in one transaction."""

    async def start_upload(self, by: Principal, start: UploadStart) -> Upload:
        """draft or failed -> uploading. Raises NotFound, WrongState."""
        ...

    async def get_upload(self, by: Principal, upload_id: str) -> Upload:
        """Raises NotFound."""
        ...

    async def complete_upload(self, by: Principal, upload_id: str, sha256: str) -> Upload:
        """uploading -> validating; repeating it answers the same. Raises NotFound, WrongState, InvalidInput."""
        ...

    async def abort_upload(self, by: Principal, upload_id: str) -> Upload:
        """uploading -> draft; repeating it answers the same. Raises NotFound, WrongState."""
        ...

    async def record_validation(self, by: Principal, upload_id: str, outcome: Artifact | str) -> Version:
        """validating -> ready with the artifact, or -> failed with the reason; repeating it answers the same.

        Raises NotFound, WrongState.
        """
        ...


class Registry(ModelRegistry, VersionRegistry, AliasRegistry, UploadRegistry, Protocol):
    """All of the registry."""


class ObjectStore(Protocol):
    """Files in S3. Keys are those of maas.domain.uploads.storage_key.

    Every method that talks to the store raises Unavailable when it does not answer.
    """

    def begin(self, key: str, *, checksums: bool) -> str:
        """Begins a multipart upload and answers the store's id for it.

        `checksums`: every part will carry its SHA-256; without it, none may. S3 takes no mixture.
        """
        ...

    def wants_checksums(self, storage_upload_id: str) -> bool:
        """What `begin` was told."""
        ...

    def sign_part(
        self, key: str, storage_upload_id: str, number: int, length: int, *, md5: str = "", sha256: str = ""
    ) -> tuple[str, dict[str, str]]:
        """A URL for one PUT of exactly `length` bytes, good for SIGNED_SECONDS, and the headers to be sent with it.

        `md5` and `sha256`, both base64, bind the part's content into the signature.
        """
        ...

    def parts(self, key: str, storage_upload_id: str) -> list[StoredPart]:
        """What the store has received, by number. Raises NotFound (upload) when it is finished or aborted."""
        ...

    def finish(self, key: str, storage_upload_id: str, parts: Sequence[StoredPart]) -> None:
        """Puts the parts together. Raises NotFound (upload), InvalidInput (parts)."""
        ...

    def abort(self, key: str, storage_upload_id: str) -> None:
        """Gives up; what was received is removed. Repeating it is harmless."""
        ...

    def sign_download(self, key: str, object_version: str, filename: str) -> str:
        """A URL for one GET, good for SIGNED_SECONDS; the answer is saved as `filename`."""
        ...

    def size(self, key: str) -> int | None:
        """Bytes of the finished object; None when there is none."""
        ...

    def fetch(self, key: str, path: str, object_version: str = "") -> tuple[str, int, str]:
        """Streams the object once into the file at `path`: (SHA-256 hexadecimal, bytes, the store's version id or "").

        Raises NotFound.
        """
        ...

    def remove(self, key: str) -> None:
        """Removes the object, every version of it. Repeating it is harmless."""
        ...


class GraphStore(Protocol):
    """Summaries of graphs; each has its place beside the file that `storage_key` names.

    Every method raises Unavailable when the store does not answer.
    """

    def write(self, storage_key: str, graph: Graph) -> None:
        """Repeating it is harmless."""
        ...

    def read(self, storage_key: str) -> Graph | None:
        """None where there is none: the file was checked before summaries were kept."""
        ...

    def remove(self, storage_key: str) -> None:
        """Repeating it is harmless."""
        ...


class ValidationQueue(Protocol):
    """Finished uploads that wait to be checked."""

    def send(self, upload_id: str, tenant_id: str) -> None:
        """At least once. Raises Unavailable."""
        ...


class ModelInspector(Protocol):
    """Looks into a file that nobody has trusted yet."""

    def inspect(self, path: str) -> Inspection | str:
        """What was found in the file, or a sentence that says why it is refused.

        Raises Unavailable when nothing could be learned about the file.
        """
        ...
