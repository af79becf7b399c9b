"""Snapshots of tables while another process writes to them."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.archives import place
from local.archives.saving import scan
from local.archives.snapshots import snapshot
from local.aws_account import CREDENTIALS, REGION
from local.errors import StackError
from local.servers import launchers
from local.servers.ports import free_port
from local.servers.table_stores import TablesChoice
from tests.support.server_processes import server
from tests.support.table_engines import TESTED_ENGINES, installed

_KEYS = ("first", "second")


@pytest.fixture(params=[*TESTED_ENGINES, "moto"])
def engine(request: pytest.FixtureRequest) -> TablesChoice:
    chosen: TablesChoice = request.param
    return chosen


@pytest.fixture
def writer(engine: TablesChoice, tmp_path: Path) -> Iterator[list[int]]:
    """Writes the same number to two items, in one transaction after the other. Yields the numbers so far."""
    port = free_port()
    with server(_argv(engine, port, tmp_path), port):
        client = place.engine(port, CREDENTIALS)
        if engine == "moto":
            _put_file(port)
        client.create_table(
            TableName="numbers",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        written, ended = [_write(client, 0)], threading.Event()

        def write() -> None:
            while not ended.is_set():
                written.append(_write(client, len(written)))

        thread = threading.Thread(target=write)
        thread.start()
        try:
            yield written
        finally:
            ended.set()
            thread.join()


def _put_file(port: int) -> None:
    """Puts an object into the S3 of the same server: its content is not in the file that is copied."""
    session = boto3.Session(CREDENTIALS["AWS_ACCESS_KEY_ID"], CREDENTIALS["AWS_SECRET_ACCESS_KEY"], region_name=REGION)
    s3 = session.client("s3", endpoint_url=f"http://127.0.0.1:{port}")
    s3.create_bucket(Bucket="files")
    s3.put_object(Bucket="files", Key="a", Body=b"content")


def _argv(engine: TablesChoice, port: int, data: Path) -> Sequence[str]:
    for name in ("tables", "aws"):
        (data / name).mkdir()
    if engine == "moto":
        return launchers.moto(port, data / "aws").argv
    return installed(engine).process(port, data / "tables").argv  # type: ignore[arg-type]


def _write(client: Any, number: int) -> int:
    items = [{"pk": {"S": key}, "number": {"N": str(number)}} for key in _KEYS]
    client.transact_write_items(TransactItems=[{"Put": {"TableName": "numbers", "Item": item}} for item in items])
    return number


async def test_a_snapshot_is_of_one_moment_while_others_write(
    engine: TablesChoice, writer: list[int], tmp_path: Path
) -> None:
    for _ in range(2):
        before = writer[-1]
        async with snapshot(tmp_path, engine, CREDENTIALS, tmp_path) as client:
            copied = writer[-1] + 1  # one may be under way
            found = {item["pk"]["S"]: int(item["number"]["N"]) for item in scan(client, "numbers")}
        assert found.keys() == {*_KEYS}
        assert found["first"] == found["second"]
        assert before <= found["first"] <= copied
    assert {path.name for path in tmp_path.iterdir()} == {"tables", "aws"}


async def test_a_file_that_cannot_be_copied_is_named(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables/tables.db").write_text("no database")
    with pytest.raises(StackError, match="can't be copied: file is not a database"):
        async with snapshot(tmp_path, "dynoxide", CREDENTIALS, tmp_path):
            pass
