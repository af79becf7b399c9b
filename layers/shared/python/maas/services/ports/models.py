"""The models in the registry; see services.ports.registry for what every method raises."""

from typing import Protocol

from maas.domain.catalog.models import Model, ModelChange, ModelFilter, ModelPage, NewModel, WantedPage
from maas.domain.identity.principals import Principal, Scope


class ModelReader(Protocol):
    """Looks up models."""

    async def get_model(self, by: Principal, model_id: str, right: Scope = Scope.MODELS_READ) -> Model:
        """`right` is what the caller must be allowed to do with the model: to read, to call or to upload.

        Raises NotFound, PermissionDenied. For a right to upload, another tenant's public model is NotFound.
        """
        ...


class ModelRegistry(ModelReader, Protocol):
    """The catalogue of models."""

    async def create_model(self, by: Principal, new: NewModel) -> Model:
        """Raises InvalidInput, AlreadyExists (name)."""
        ...

    async def list_models(self, by: Principal, narrowed: ModelFilter, wanted: WantedPage) -> ModelPage:
        """Lists the models of the caller's tenant, or those that `narrowed.visibility` selects.

        "public" are those of all tenants; "shared" are those of other tenants that the caller may read by a grant.
        A list of public models has no `page` and no `total`.

        Raises InvalidInput (limit, cursor, page, sort, a filter).
        """
        ...

    async def update_model(self, by: Principal, model_id: str, change: ModelChange) -> Model:
        """Raises InvalidInput, NotFound, AlreadyExists (name), RevisionMismatch."""
        ...

    async def delete_model(self, by: Principal, model_id: str, expected_revision: int | None = None) -> None:
        """Deletes the model and its versions. Raises NotFound, RevisionMismatch."""
        ...
