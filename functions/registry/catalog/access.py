"""Access to models by tenant. A principal without a tenant is one of our services, and acts for all tenants."""

from dataclasses import replace

from functions.registry.ports import Repository
from functions.registry.stored import StoredModel
from maas.domain import value_rules
from maas.domain.errors import NotFound, PermissionDenied
from maas.domain.identity.principals import Principal, Scope
from maas.domain.ids import known_id

# The scopes that each allow to read a model: a caller who predicts with it or uploads to it has to look it up.
READERS = (Scope.MODELS_READ, Scope.INFERENCE_INVOKE, Scope.UPLOADS_WRITE)
ID_MAX = 128


class Access:
    """Looks up models for a principal. A model that the principal must not see is NotFound, like an absent one."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    async def readable(self, by: Principal, model_id: str) -> StoredModel:
        """A public model or one of the caller's tenant; possibly from a cache. Raises NotFound."""
        model = await self._repository.model(known_id("model_id", "model", model_id), fresh=False)
        if model is None or not (may_change(by, model.tenant_id) or model.is_public):
            raise NotFound.of("model_id", "model", model_id)
        headline = model.headline
        if headline and headline.version != model.latest_version and not may_change(by, model.tenant_id):
            return replace(model, headline=None)  # a version that is not published yet
        return model

    async def changeable(self, by: Principal, model_id: str) -> StoredModel:
        """A model of the caller's tenant, as it is stored now. Raises NotFound."""
        model = await self._repository.model(known_id("model_id", "model", model_id))
        if model is None or not may_change(by, model.tenant_id):
            raise NotFound.of("model_id", "model", model_id)
        return model


def may_change(by: Principal, tenant_id: str) -> bool:
    return by.tenant_id in ("", tenant_id)


def owner_of(by: Principal, tenant_id: str, owner_id: str) -> tuple[str, str]:
    """Tenant and owner of a new model: those given, or for a principal with a tenant always its own.

    Raises:
        InvalidInput, PermissionDenied (another tenant)
    """
    tenant = value_rules.text("tenant_id", tenant_id, maximum=ID_MAX)
    owner = value_rules.text("owner_id", owner_id, maximum=ID_MAX)
    if not by.tenant_id:
        return tenant, owner
    if tenant and not may_change(by, tenant):
        raise PermissionDenied("tenant_id must be the caller's own, or empty")
    return by.tenant_id, by.subject
