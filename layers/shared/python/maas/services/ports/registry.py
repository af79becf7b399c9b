"""The registry. These docstrings are the contract of its methods, wherever they are implemented.

Every method raises Unavailable if the registry does not answer in time, and NotFound for records that are absent or
belong to another tenant.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from maas.domain.catalog.aliases import NOTHING_EXPECTED, Alias, AliasMove, AliasTarget, Expectation, LiveAt
from maas.domain.catalog.models import Model, ModelChange, ModelFilter, ModelPage, NewModel
from maas.domain.catalog.routed import Routed
from maas.domain.catalog.version_changes import NewVersion, VersionChange
from maas.domain.catalog.versions import Version
from maas.domain.identity.grants import ModelGrant, WantedGrant
from maas.domain.identity.principals import Principal, Scope
from maas.domain.inference.statistics import CacheUse
from maas.domain.pages import Page
from maas.domain.quotas import Usage
from maas.domain.uploads.sessions import Upload
from maas.services.ports.captures import CaptureRegistry
from maas.services.ports.contents import ContentRegistry
from maas.services.ports.rollouts import RolloutRegistry
from maas.services.ports.upload_registry import FileRegistry, UploadRegistry


class ModelRegistry(Protocol):
    """The catalogue of models."""

    async def create_model(self, by: Principal, new: NewModel) -> Model:
        """Raises InvalidInput, AlreadyExists (name)."""
        ...

    async def get_model(self, by: Principal, model_id: str, right: Scope = Scope.MODELS_READ) -> Model:
        """`right` is what the caller must be allowed to do with the model: to read, to call or to upload.

        Raises NotFound, PermissionDenied. For a right to upload, another tenant's public model is NotFound.
        """
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
        """Lists the models of the caller's tenant, or those that `narrowed.visibility` selects.

        "public" are those of all tenants; "shared" are those of other tenants that the caller may read by a grant.

        `page`, counted from 1, takes the place of a cursor. A list of public models has no `page` and no `total`.

        `sort` is one of maas.domain.catalog.models.ModelSort; empty sorts by name if `q` is given, else newest first.
        Raises InvalidInput (limit, cursor, page, sort, a filter).
        """
        ...

    async def update_model(self, by: Principal, model_id: str, change: ModelChange) -> Model:
        """Raises InvalidInput, NotFound, AlreadyExists (name), RevisionMismatch."""
        ...

    async def delete_model(self, by: Principal, model_id: str, expected_revision: int | None = None) -> None:
        """Deletes the model and its versions. Raises NotFound, RevisionMismatch."""
        ...


class VersionReader(Protocol):
    """Looks up references to versions."""

    async def get_version(self, by: Principal, model_id: str, ref: str, right: Scope = Scope.MODELS_READ) -> Version:
        """`ref` is an exact version, `latest`, an alias or a range; empty is the model's `default_ref`.

        `right` is as in get_model. Raises InvalidInput (ref), NotFound (model_id, ref, default_ref), PermissionDenied.
        """
        ...


class RoutedVersionReader(VersionReader, Protocol):
    """Looks up references that calls are routed by."""

    async def routed_version(
        self, by: Principal, model_id: str, ref: str, right: Scope = Scope.INFERENCE_INVOKE
    ) -> Routed:
        """As get_version, with the active rollout of the alias that `ref` is, and the model's capture.

        There is no rollout for a caller whose credential is not for its candidate, and no capture for other
        organizations.
        """
        ...


class VersionRegistry(VersionReader, Protocol):
    """The versions of models."""

    async def create_version(
        self, by: Principal, model_id: str, new: NewVersion, expected_revision: int | None = None
    ) -> Version:
        """Creates a draft. With `expected_revision`, which is the model's, the model gets a new revision too.

        Raises InvalidInput, NotFound (model_id, parent), AlreadyExists (version), RevisionMismatch (model).
        """
        ...

    async def list_versions(self, by: Principal, model_id: str, *, limit: int, cursor: str) -> Page[Version]:
        """Lists versions, highest precedence first, without their model cards. Raises InvalidInput, NotFound."""
        ...

    async def update_version(self, by: Principal, model_id: str, version: str, change: VersionChange) -> Version:
        """Changes the fields that the version's state leaves open.

        Raises InvalidInput, NotFound, RevisionMismatch, WrongState.
        """
        ...

    async def publish_version(
        self, by: Principal, model_id: str, version: str, force: str = "", expected_revision: int | None = None
    ) -> Version:
        """Publishes a ready version; idempotent. `force` is the reason to publish a version that breaks callers.

        Raises:
            InvalidInput, NotFound, WrongState, RevisionMismatch
            Incompatible: a minor or patch breaks callers of the release it follows, and `force` is empty.
        """
        ...

    async def deprecate_version(
        self, by: Principal, model_id: str, version: str, expected_revision: int | None = None
    ) -> Version:
        """Moves a version from published to deprecated; idempotent. An alias must not point at it.

        Raises InvalidInput, NotFound, WrongState, RevisionMismatch.
        """
        ...

    async def delete_version(
        self, by: Principal, model_id: str, version: str, expected_revision: int | None = None
    ) -> Upload | None:
        """Deletes a version that was never published, and its last upload. The file is removed later.

        Returns that upload, or None if there was none. Raises InvalidInput, NotFound, WrongState, RevisionMismatch.
        """
        ...


class AliasRegistry(Protocol):
    """The aliases of models, and the history of their moves."""

    async def list_aliases(self, by: Principal, model_id: str) -> list[Alias]:
        """Lists the aliases by name. Raises NotFound."""
        ...

    async def get_alias(self, by: Principal, model_id: str, alias: str) -> Alias:
        """Raises InvalidInput (alias), NotFound (model_id, alias)."""
        ...

    async def set_alias(self, by: Principal, model_id: str, target: AliasTarget) -> tuple[Alias, bool]:
        """Returns the alias and whether it is new. An alias that already points at the target stays as it is.

        Raises:
            InvalidInput, NotFound (model_id, version)
            RevisionMismatch: the alias is not as expected.
            PreconditionRequired: it points elsewhere, and no revision is expected of it.
            WrongState: the version is not published, or the model has 50 aliases.
        """
        ...

    async def delete_alias(
        self, by: Principal, model_id: str, alias: str, reason: str = "", expected: Expectation = NOTHING_EXPECTED
    ) -> None:
        """Deletes the alias and keeps its history.

        Raises InvalidInput, NotFound (model_id, alias), RevisionMismatch.
        """
        ...

    async def rollback_alias(
        self, by: Principal, model_id: str, alias: str, reason: str = "", expected: Expectation = NOTHING_EXPECTED
    ) -> Alias:
        """Points the alias at its previous version. Repeated rollbacks walk further into the past.

        Raises:
            InvalidInput, NotFound (model_id, alias)
            RevisionMismatch: the alias is not as expected, or was moved during the call.
            WrongState: it has no previous version, or that one is not published any more.
        """
        ...

    async def list_alias_moves(
        self, by: Principal, model_id: str, alias: str, *, limit: int, cursor: str
    ) -> Page[AliasMove]:
        """Lists moves, newest first, also those of a deleted alias. Only the model's own tenant may list them.

        Raises InvalidInput, NotFound.
        """
        ...

    async def alias_at(self, by: Principal, model_id: str, alias: str, at: datetime) -> LiveAt:
        """The alias' target at that time. Only the model's own tenant may read it.

        Raises InvalidInput (alias), NotFound (model_id; alias, if it never existed).
        """
        ...


class GrantRegistry(Protocol):
    """The grants on models, for admins of a model's own tenant and for the model's owner.

    Every method raises PermissionDenied for other callers who see the model's drafts.
    """

    async def list_grants(self, by: Principal, model_id: str, *, limit: int, cursor: str) -> Page[ModelGrant]:
        """Lists the grants on a model by subject. Raises InvalidInput, NotFound."""
        ...

    async def set_grant(self, by: Principal, model_id: str, wanted: WantedGrant) -> tuple[ModelGrant, bool]:
        """Gives a role, in place of the one that the subject had. Returns the grant and whether it is new.

        Raises:
            InvalidInput (kind, role), NotFound (model_id, subject)
            WrongState: the model or the subject has as many grants as it may have.
        """
        ...

    async def delete_grant(self, by: Principal, model_id: str, subject: str) -> None:
        """Raises NotFound (model_id, subject)."""
        ...


class HeldGrantRegistry(Protocol):
    """Grants as their holders see them. `holder` is user (the caller itself) or organization."""

    async def list_held_grants(self, by: Principal, holder: str, *, limit: int, cursor: str) -> Page[ModelGrant]:
        """Lists the grants that the holder has, by model. Raises InvalidInput (holder, limit, cursor)."""
        ...

    async def leave_grant(self, by: Principal, model_id: str, holder: str) -> None:
        """Gives a role on a model back. Only admins do so for their organization.

        Raises:
            InvalidInput (holder)
            NotFound (model_id): the holder has no grant on the model.
        """
        ...


class UsageRegistry(Protocol):
    """The use of organizations' quotas, and of the registry's cache."""

    async def usage(self, by: Principal) -> Sequence[Usage]:
        """The limit and the use of each quota of the caller's organization."""
        ...

    async def cache_use(self, by: Principal) -> CacheUse:
        """Reads of the registry's cache by all organizations, since the registry that answers was started."""
        ...


class Registry(
    ModelRegistry,
    VersionRegistry,
    AliasRegistry,
    RolloutRegistry,
    CaptureRegistry,
    GrantRegistry,
    HeldGrantRegistry,
    UploadRegistry,
    ContentRegistry,
    FileRegistry,
    UsageRegistry,
    Protocol,
):
    """All methods of the registry."""
