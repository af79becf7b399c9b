"""Lists with random filters, orders and page sizes, compared with plain Python."""

import asyncio
from typing import Any

import boto3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.registry.store.client import Table
from functions.registry.store.repository import DynamoRepository
from maas.domain.catalog.models import ModelFilter
from tests.fakes.registry import FakeRegistry
from tests.support.model_lists import SORTS, all_pages, expected, filters, populate
from tests.support.registry_server import person
from tests.support.table_engines import Tables

CHOICES = st.lists(st.integers(0, 14), max_size=4, unique=True)


def test_random_lists_equal_those_of_plain_python(tables: Tables) -> None:
    client: Any = boto3.client("dynamodb", endpoint_url=tables.endpoint)
    registry, by = FakeRegistry(DynamoRepository(Table(tables.table, client))), person()
    with asyncio.Runner() as runner:
        models = runner.run(populate(registry, by))
        alone = filters(models)
        assert len(alone) == 15

        @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
        @given(CHOICES, st.sampled_from(SORTS), st.integers(1, 11))
        def holds(chosen: list[int], sort: str, limit: int) -> None:
            fields: dict[str, Any] = {}
            for number in chosen:
                fields |= alone[number]
            narrowed = ModelFilter(**fields)
            found = expected(models, narrowed, sort)
            assert runner.run(all_pages(registry, by, narrowed, sort=sort, limit=limit)) == (found, {len(found)})

        holds()
