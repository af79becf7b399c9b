"""Read capacity of pages and totals of lists on DynamoDB Local: `python -m tests.benchmarks.list_pages [MODELS ...]`.

Each number of models (by default 1,000 and 100,000) gets its own tenant. DynamoDB reports the read capacity units: half
a unit per model or per 4 KB of an index, and one unit per 4 KB of counters.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import boto3
import pytest

from functions.registry.ports import ModelQuery
from functions.registry.store.client import Table
from functions.registry.store.items import Item, item_of
from functions.registry.store.list_counters import counted, tag_items
from functions.registry.store.list_reader import ModelLists
from functions.registry.store.transactions import attributes
from functions.registry.stored import StoredModel
from local.aws_account import CREDENTIALS
from maas.domain.catalog.models import Framework, ModelFilter, ModelSort, ModelStatus
from maas.domain.ids import first_id, milliseconds, new_id
from tests.support.table_engines import make_tables, table_server

SIZES, LIMIT, SHORT = (1_000, 100_000), 20, 2_000
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
TIME, NAME = ModelSort.NEWEST, ModelSort.NAME

SINGLE: dict[str, tuple[ModelFilter, ModelSort]] = {
    f"{name}, by {'name' if sort.by_name else 'time'}": (narrowed, sort)
    for name, narrowed in {
        "no filter": ModelFilter(),
        "owner": ModelFilter(owner_id="owner-07"),
        "framework": ModelFilter(framework="onnx"),
        "status": ModelFilter(status="running"),
        "is_public true": ModelFilter(is_public=True),
        "is_public false": ModelFilter(is_public=False),
        "tag": ModelFilter(tags=("t07",)),
    }.items()
    for sort in (TIME, NAME)
} | {
    "q, by name": (ModelFilter(q="model-0"), NAME),
    "name": (ModelFilter(name="model-000500"), TIME),
    "created range, by time": (ModelFilter(created_after=BEGAN + timedelta(seconds=100)), TIME),
}
COMBINED: dict[str, tuple[ModelFilter, ModelSort]] = {
    "status and q, by name": (ModelFilter(status="running", q="model-0"), NAME),
    "framework and status, by time": (ModelFilter(framework="onnx", status="running"), TIME),
    "owner and tag that no model has both, by time": (ModelFilter(owner_id="owner-07", tags=("t08",)), TIME),
    "q that all begin with, by time": (ModelFilter(q="model-0"), TIME),
    "q that 100 begin with, by time": (ModelFilter(q="model-0005"), TIME),
    "created range of 90 %, by name": (ModelFilter(created_after=BEGAN + timedelta(seconds=100)), NAME),
}


class Metered:
    """A DynamoDB client that adds up what its reads consume."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.units = 0.0

    def query(self, **arguments: Any) -> Any:
        answer = self._client.query(**arguments, ReturnConsumedCapacity="TOTAL")
        self.units += answer["ConsumedCapacity"]["CapacityUnits"]
        return answer

    def batch_get_item(self, **arguments: Any) -> Any:
        answer = self._client.batch_get_item(**arguments, ReturnConsumedCapacity="TOTAL")
        self.units += sum(one["CapacityUnits"] for one in answer["ConsumedCapacity"])
        return answer

    def spent(self) -> float:
        """Returns the units consumed since the last call."""
        units, self.units = self.units, 0.0
        return units


def model(number: int, tenant_id: str) -> StoredModel:
    at = BEGAN + timedelta(seconds=number)
    return StoredModel(
        id=new_id(at),
        tenant_id=tenant_id,
        owner_id=f"owner-{number % 20:02}",
        name=f"Model-{number:06}",
        framework=list(Framework)[number % 6],
        status=list(ModelStatus)[number % 7],
        is_public=number % 10 == 0,
        tags=(f"t{number % 25:02}",),
        description="x" * 200,
        created_at=at,
        updated_at=at,
    )


def stored(models: Sequence[StoredModel]) -> Iterator[Item]:
    """Yields the items that the registry writes for lists of these models."""
    counters: Counter[tuple[tuple[str, str], str]] = Counter()
    for one in models:
        yield item_of(one)
        yield from tag_items(one).values()
        for key, counts in counted(one).items():
            counters.update({(key, name): by for name, by in counts.items()})
    merged: dict[tuple[str, str], Item] = {}
    for (key, name), count in counters.items():
        merged.setdefault(key, {"pk": key[0], "sk": key[1]})[name] = count
    yield from merged.values()


def fill(client: Any, table: str, items: Iterator[Item]) -> None:
    def write(batch: Sequence[Item]) -> None:
        left = {table: [{"PutRequest": {"Item": attributes(item)}} for item in batch]}
        while left:
            left = client.batch_write_item(RequestItems=left)["UnprocessedItems"]

    with ThreadPoolExecutor(4) as threads:
        while waiting := [batch for _ in range(400) if (batch := list(islice(items, 25)))]:
            list(threads.map(write, waiting))


def position(query: ModelQuery, number: int) -> str:
    """Returns the list position of the model with that number. Counting half of a long list takes minutes."""
    at = BEGAN + timedelta(seconds=number)
    return f"model-{number:06}" if query.sort.by_name else first_id(milliseconds(at))


async def consumed(lists: ModelLists, meter: Metered, query: ModelQuery, size: int) -> tuple[float, float, float]:
    """Returns the units of the first page, of a page from the middle of the list, and of the total."""
    first = await lists.page(query, limit=LIMIT)
    first_units = meter.spent()
    total = await lists.count(query)
    total_units = meter.spent()
    if total <= 2 * LIMIT:
        return first_units, first_units, total_units
    after = position(query, size // 2) if total > SHORT else (await lists.page(query, limit=1, skip=total // 2)).last
    meter.spent()
    page = await lists.page(query, limit=LIMIT, after=after)
    assert len(page.models) == len(first.models) == LIMIT, query
    return first_units, meter.spent(), total_units


async def main(sizes: Sequence[int]) -> None:
    with table_server("dynamodb-local") as endpoint:
        found = make_tables(endpoint)
        client = boto3.client("dynamodb", endpoint_url=endpoint)  # with longer timeouts than the registry's
        meter = Metered(client)
        lists = ModelLists(Table(found.table, meter))  # type: ignore[arg-type]
        for size in sizes:
            tenant_id = f"tenant-{size:06}"
            fill(client, found.table, stored([model(number, tenant_id) for number in range(size)]))
        heads = [f"{what}, {size:,}" for what in ("first page", "from the middle", "total") for size in sizes]
        print(f"| list | {' | '.join(heads)} |\n|{' --- |' * (len(heads) + 1)}")
        for name, (narrowed, sort) in (SINGLE | COMBINED).items():
            query = ModelQuery(None, narrowed, sort)
            columns = [
                await consumed(lists, meter, replace(query, tenant_id=f"tenant-{size:06}"), size) for size in sizes
            ]
            cells = [f"{units:g}" for kind in zip(*columns, strict=True) for units in kind]
            print(f"| {name} | {' | '.join(cells)} |", flush=True)
            if name in SINGLE:
                for pages in list(zip(*columns, strict=True))[:2]:
                    assert max(pages) <= min(pages) * 1.1, f"{name}: {pages}"
        for size in sizes:
            await lists.page(ModelQuery(f"tenant-{size:06}", ModelFilter()), limit=LIMIT, skip=size - LIMIT)
            print(f"last page of {size:,} by its number: {meter.spent():g}")


if __name__ == "__main__":
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in CREDENTIALS.items():
            patch.setenv(variable, value)
        asyncio.run(main([int(size) for size in sys.argv[1:]] or SIZES))
