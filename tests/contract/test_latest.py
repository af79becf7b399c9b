"""`latest` after random drafts, publications, deprecations and deletions, in memory and on DynamoDB."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.registry.ports import Repository
from functions.registry.store.client import Table, connect
from functions.registry.store.repository import DynamoRepository
from maas.domain.catalog.versions import VersionState, is_prerelease, sort_key
from maas.domain.errors import MaasError, NotFound
from maas.services.ports.registry import Registry
from tests.fakes.registry import FakeRegistry
from tests.fakes.repository import MemoryRepository
from tests.support.registry_server import make_draft, make_model, make_published, make_ready, person
from tests.support.table_engines import TESTED_ENGINES, Tables

NUMBERS = ("1.0.0-rc.1", "1.0.0", "1.9.0", "1.10.0")
# "release" creates and publishes in one step; otherwise few versions would be published.
STEPS = st.tuples(
    st.sampled_from(["draft", "ready", "publish", "release", "deprecate", "delete"]), st.sampled_from(NUMBERS)
)
EXAMPLES = {"memory": 100} | dict.fromkeys(TESTED_ENGINES, 5)


@pytest.mark.parametrize("kind", EXAMPLES)
def test_latest_is_the_highest_release_that_is_published(kind: str, request: pytest.FixtureRequest) -> None:
    store: Callable[[], Repository] = MemoryRepository
    if kind != "memory":
        found: Tables = request.getfixturevalue("tables_of")(kind)
        table = Table(found.table, connect(found.endpoint))
        store = lambda: DynamoRepository(table)  # noqa: E731

    @settings(max_examples=EXAMPLES[kind], deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(STEPS, min_size=5, max_size=40))
    def in_any_order(steps: list[tuple[str, str]]) -> None:
        asyncio.run(apply_steps(FakeRegistry(store()), steps))

    in_any_order()


async def apply_steps(registry: Registry, steps: list[tuple[str, str]]) -> None:
    """Applies the steps, which the registry may refuse, and compares `latest` with the listed versions after each."""
    by = person()
    model = await make_model(registry, by)
    actions: dict[str, Callable[[str], Awaitable[object]]] = {
        "draft": lambda number: make_draft(registry, by, model, number),
        "ready": lambda number: make_ready(registry, by, model, number),
        "publish": lambda number: registry.publish_version(by, model.id, number),
        "release": lambda number: make_published(registry, by, model, number),
        "deprecate": lambda number: registry.deprecate_version(by, model.id, number),
        "delete": lambda number: registry.delete_version(by, model.id, number),
    }
    for step, number in steps:
        try:
            await actions[step](number)
        except MaasError:
            continue
        listed = (await registry.list_versions(by, model.id, limit=100, cursor="")).items
        published = [one.version for one in listed if one.state is VersionState.PUBLISHED]
        highest = max((one for one in published if not is_prerelease(one)), key=sort_key, default="")
        assert (await registry.get_model(by, model.id)).latest_version == highest
        if highest:
            assert (await registry.get_version(by, model.id, "latest")).version == highest
        else:
            with pytest.raises(NotFound):
                await registry.get_version(by, model.id, "latest")
