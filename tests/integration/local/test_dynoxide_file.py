"""dynoxide's file in long use: its queries of a stream use indexes, and old records of the stream go."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.servers import dynoxide_file
from local.servers.ports import free_port
from local.servers.table_stores import TableStore
from tests.support.server_processes import server
from tests.support.table_engines import installed

TABLE = "events"
# As in the source of dynoxide 3.2.0: the first before each write, the second for each read of the stream.
NEXT_NUMBER = (
    "SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records WHERE table_name = 'events'"
)
NEXT_RECORDS = """SELECT keys_json FROM _stream_records
    WHERE table_name = 'events' AND shard_id = 'one' AND CAST(sequence_number AS INTEGER) > 7
    ORDER BY CAST(sequence_number AS INTEGER) ASC LIMIT 9"""


@pytest.fixture
def client(tmp_path: Path, credentials: None) -> Iterator[Any]:
    """A client of dynoxide with a table that has a stream."""
    store, port = installed("dynoxide"), free_port()
    with server(store.process(port, tmp_path).argv, port):
        found = boto3.client("dynamodb", endpoint_url=f"http://127.0.0.1:{port}")
        found.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        )
        assert store.prepare(tmp_path) is None
        yield found


def put(client: Any, key: str) -> None:
    client.put_item(TableName=TABLE, Item={"pk": {"S": key}})


def rows(folder: Path, statement: str) -> list[tuple[Any, ...]]:
    with contextlib.closing(sqlite3.connect(folder / dynoxide_file.NAME)) as database, database:
        return database.execute(statement).fetchall()


@pytest.mark.parametrize("query", [NEXT_NUMBER, NEXT_RECORDS])
def test_no_query_of_a_stream_reads_all_its_records(client: Any, tmp_path: Path, query: str) -> None:
    put(client, "one")
    [(*_, plan)] = rows(tmp_path, f"EXPLAIN QUERY PLAN {query}")
    assert plan.startswith("SEARCH _stream_records USING INDEX maas_stream_")


def test_records_of_more_than_a_day_go_an_hour_after_the_start(
    client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(client, "old")
    rows(tmp_path, "UPDATE _stream_records SET created_at = created_at - 86500")
    put(client, "first after the start")
    assert rows(tmp_path, "SELECT count(*) FROM _stream_records") == [(2,)]
    monkeypatch.setattr(dynoxide_file, "_CATCHING_UP", -1)
    dynoxide_file.prepare(tmp_path)
    put(client, "an hour later")
    assert rows(tmp_path, "SELECT count(*), min(created_at) > strftime('%s') - 600 FROM _stream_records") == [(2, 1)]


def test_a_file_of_another_layout_is_a_remark(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / dynoxide_file.NAME)) as database:
        database.execute("CREATE TABLE other (id)")
    remark = TableStore("dynoxide", "dynoxide").prepare(tmp_path)
    assert remark is not None
    assert "can't be indexed: no such table" in remark
