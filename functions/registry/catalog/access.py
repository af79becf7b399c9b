"""Access to models by rights. A principal without a tenant is one of our services, and acts for all tenants."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from functions.registry.catalog.narrowing import is_for_version
from functions.registry.name_ports import named_model
from functions.registry.ports import Repository
from functions.registry.stored import StoredModel, StoredVersion
from maas.domain import value_rules
from maas.domain.catalog.model_names import ModelName, parse_model, unknown_model
from maas.domain.errors import InvalidInput, NotFound, PermissionDenied, Rule
from maas.domain.identity.principals import Principal, Role, Scope
from maas.domain.identity.rights import inside_rights, require_right, rights_on

# The scopes that each allow to read a model: a caller who predicts with it or uploads to it has to look it up.
READERS = (Scope.MODELS_READ, Scope.INFERENCE_INVOKE, Scope.UPLOADS_WRITE)
# The rights by which a request may ask for a model or version: also that of a change that is repeated.
RIGHTS = (*READERS, Scope.MODELS_WRITE)
ID_MAX = 128


class Access:
    """Looks up models for a principal, by id or by name.

    A model that the principal must not see is NotFound, like an absent one.
    """

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    async def readable(self, by: Principal, model_id: str, *any_of: Scope) -> StoredModel:
        """A model on which the caller has a right, public ones included; possibly from a cache.

        Raises:
            NotFound: the caller has no right on it, or asks for the right to change a public model of others.
            PermissionDenied: the caller has none of the rights `any_of`, by default READERS.
        """
        model = await self._visible(meant(by, model_id), lambda found: bool(_rights(by, found)))
        if model is None or (Scope.MODELS_WRITE in any_of and not is_inside(by, model)):
            raise unknown_model(model_id)
        require_right(_rights(by, model), *(any_of or READERS))
        if model.headline and not sees_headline(by, model, model.headline.version):
            return replace(model, headline=None)
        return model

    async def changeable(self, by: Principal, model_id: str, scope: Scope) -> StoredModel:
        """A model of the caller's tenant or with a grant, as it is stored now.

        Raises:
            NotFound: the caller is no insider of it; a public model is not changed by others.
            PermissionDenied: the caller has no right to `scope` on it.
        """
        model = await self._stored(meant(by, model_id))
        if model is None or not is_inside(by, model):
            raise unknown_model(model_id)
        require_right(inside_rights(by, model.id, model.tenant_id), scope)
        return model

    async def shareable(self, by: Principal, model_id: str) -> StoredModel:
        """A model whose grants the caller may read and change, as it is stored now.

        Raises:
            NotFound: the caller is no insider of it.
            PermissionDenied: it is neither an admin of the model's organization, nor the model's owner with the right
                to change models there. A grant, or a key that is narrowed to models, is not enough.
        """
        model = await self.changeable(by, model_id, Scope.MODELS_WRITE)
        check_may_share(by, model)
        return model

    async def owned(self, by: Principal, model_id: str, scope: Scope) -> StoredModel:
        """A model of the caller's organization whose inputs the caller may have stored, and read, by this right.

        Raises:
            NotFound: the caller is no insider of it.
            PermissionDenied: it is neither an admin of the model's organization nor the model's owner, or has not this
                right there. A grant, or a key that is narrowed to models, is not enough.
        """
        model = await self.changeable(by, model_id, scope)
        check_own(by, model)
        by.require_in_tenant(scope)
        _check_owner(by, model, "only admins, and the owner of the model, have its inputs stored and read them")
        return model

    async def _visible(self, wanted: str | ModelName, sees: Callable[[StoredModel], bool]) -> StoredModel | None:
        if isinstance(wanted, ModelName):
            return await self._repository.visible_named(wanted, sees)
        return await self._repository.visible_model(wanted, sees)

    async def _stored(self, wanted: str | ModelName) -> StoredModel | None:
        if isinstance(wanted, ModelName):
            return await named_model(self._repository, wanted)
        return await self._repository.model(wanted)


def meant(by: Principal, model: str, kind: str = "model") -> str | ModelName:
    """The id or name of the model that the caller names. Raises NotFound of a `kind` if no model can have it."""
    try:
        return parse_model(model, by.tenant_id)
    except InvalidInput:
        raise (unknown_model(model) if kind == "model" else NotFound.of("model_id", kind, model)) from None


def _rights(by: Principal, model: StoredModel) -> frozenset[Scope]:
    return rights_on(by, model.id, model.tenant_id, is_public=model.is_public)


def check_may_share(by: Principal, model: StoredModel) -> None:
    """Raises PermissionDenied if a caller that may change the model may not share it, be it by grants or with all."""
    check_own(by, model)
    by.require_in_tenant(Scope.MODELS_WRITE)
    _check_owner(by, model, "only admins, and the owner of the model, give grants on it or make it public")


def _check_owner(by: Principal, model: StoredModel, message: str) -> None:
    if Role.ADMIN not in by.roles and by.subject != model.owner_id:
        raise PermissionDenied(message)


def check_own(by: Principal, model: StoredModel) -> None:
    """Raises PermissionDenied if the model is another organization's: a grant is not enough."""
    if by.tenant_id not in ("", model.tenant_id):
        raise PermissionDenied("a grant is not enough: only the model's own organization does this")


def is_inside(by: Principal, record: StoredModel | StoredVersion) -> bool:
    """Returns whether the caller sees what only insiders of a model see: drafts, people and reasons."""
    model_id = record.id if isinstance(record, StoredModel) else record.model_id
    return bool(inside_rights(by, model_id, record.tenant_id))


def sees_headline(by: Principal, model: StoredModel, number: str) -> bool:
    """Returns whether the caller sees the version in the headline, which may not be published yet."""
    return is_for_version(by, model.id, number) and (number == model.latest_version or is_inside(by, model))


def right_of(text: str) -> Scope | None:
    """The right in a request, by which its caller looks something up; None if the request names none.

    Raises:
        InvalidInput: the text is not one of RIGHTS.
    """
    if text not in ("", *RIGHTS):
        raise InvalidInput.of("right", Rule.ENUM, f"must be {' or '.join(RIGHTS)}")
    return Scope(text) if text else None


def rights_of(right: Scope | None) -> Sequence[Scope]:
    """The rights of which one is enough: `right` itself, or every one that looks models up."""
    return (right,) if right else READERS


def owner_of(by: Principal, tenant_id: str, owner_id: str) -> tuple[str, str]:
    """Tenant and owner of a new model: those given, or for a principal with a tenant always its own.

    Raises:
        InvalidInput, PermissionDenied (another tenant)
    """
    tenant = value_rules.text("tenant_id", tenant_id, maximum=ID_MAX)
    owner = value_rules.text("owner_id", owner_id, maximum=ID_MAX)
    if not by.tenant_id:
        return tenant, owner
    if tenant and tenant != by.tenant_id:
        raise PermissionDenied("tenant_id must be the caller's own, or empty")
    return by.tenant_id, by.subject
