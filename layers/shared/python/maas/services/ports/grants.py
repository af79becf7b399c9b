"""The grants on models in the registry; see services.ports.registry for what every method raises."""

from typing import Protocol

from maas.domain.identity.grants import ModelGrant, WantedGrant
from maas.domain.identity.principals import Principal
from maas.domain.pages import Page


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
