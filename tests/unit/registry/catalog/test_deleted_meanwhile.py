"""A model that another process deletes between the read and the commit of a change."""

from collections.abc import Awaitable, Callable

import pytest

from functions.registry.ports import Change
from maas.domain.catalog.version_changes import VersionChange
from maas.domain.errors import NotFound
from maas.domain.identity.principals import Principal
from tests.fakes.registry import FakeRegistry
from tests.fakes.repository import MemoryRepository
from tests.support.registry_server import SHA256, make_draft, make_model, make_upload, person


class Vanishing(MemoryRepository):
    """Deletes the model `doomed` before the next commit; its versions and uploads are still to be purged."""

    doomed = ""

    async def commit(self, *changes: Change, by: Principal) -> None:
        if self.doomed:
            model = await self.model(self.doomed)
            self.doomed = ""
            await super().commit(Change(model, None), by=by)
        await super().commit(*changes, by=by)


@pytest.mark.parametrize("change", ["update", "complete", "abort"])
async def test_no_record_of_a_deleted_model_changes(change: str) -> None:
    repository, by = Vanishing(), person()
    registry = FakeRegistry(repository)
    model = await make_model(registry, by)
    await make_draft(registry, by, model)
    upload = await make_upload(registry, by, model)
    before = await repository.version(model.id, "1.0.0")
    repository.doomed = model.id
    late: dict[str, Callable[[], Awaitable[object]]] = {
        "update": lambda: registry.update_version(by, model.id, "1.0.0", VersionChange(changelog="Late.")),
        "complete": lambda: registry.complete_upload(by, upload.id, SHA256),
        "abort": lambda: registry.abort_upload(by, upload.id),
    }
    with pytest.raises(NotFound):
        await late[change]()
    assert await repository.version(model.id, "1.0.0") == before
