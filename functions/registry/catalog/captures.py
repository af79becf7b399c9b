"""Captures of models: what their owners want to have stored of predictions."""

from functions.registry.catalog.access import Access
from functions.registry.catalog.lookup import resolve
from functions.registry.catalog.narrowing import check_all_versions
from functions.registry.catalog.revisions import revised
from functions.registry.contention import Contention
from functions.registry.ports import Change, Repository
from functions.registry.stored import StoredModel
from maas.domain.capturing.captures import Capture
from maas.domain.catalog.references import parse_reference
from maas.domain.identity.principals import Principal, Scope
from maas.domain.monitoring.captured import redactable


class CaptureSettingService:
    """Implements maas.services.ports.captures.CaptureRegistry."""

    def __init__(self, repository: Repository, access: Access, contention: Contention) -> None:
        self._repository = repository
        self._access = access
        self._contention = contention

    async def get_capture(self, by: Principal, model_id: str) -> tuple[str, Capture | None]:
        """The model's id, and its capture; None if nothing is stored."""
        by.require(Scope.MODELS_READ)
        model = await self._access.owned(by, model_id, Scope.MODELS_READ)
        check_all_versions(by, model.id)
        return model.id, model.capture

    async def set_capture(self, by: Principal, model_id: str, capture: Capture | None) -> tuple[str, Capture | None]:
        """Stores from now on what `capture` says, and nothing for None. One that changes nothing keeps the revision."""
        by.require(Scope.MODELS_WRITE)

        async def attempt() -> tuple[str, Capture | None]:
            before = await self._access.owned(by, model_id, Scope.MODELS_WRITE)
            check_all_versions(by, before.id)
            wanted = capture and capture.checked(await self._known_names(before))
            if wanted != before.capture:
                await self._repository.commit(Change(before, revised(before, capture=wanted)), by=by)
            return before.id, wanted

        return await self._contention.settle(model_id, attempt)

    async def _known_names(self, model: StoredModel) -> frozenset[str]:
        number = await resolve(self._repository, model, parse_reference(model.default_ref))
        version = await self._repository.version(model.id, number) if number else None
        return redactable(version) if version else frozenset()
