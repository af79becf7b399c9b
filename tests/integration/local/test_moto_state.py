"""A state folder in bad times: stops, kills in the middle of calls, a full disk, and folders that can't be used."""

import http.client
import random
import resource
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from local.errors import StackError
from local.servers.launchers import moto
from local.servers.managed_process import ManagedProcess
from local.servers.ports import free_port
from tests.support.moto_server import MotoServer
from tests.support.rounds import FULL
from tests.support.shared_writes import Writes

ROUNDS, CALLS = (30, 200) if FULL else (1, 60)
SEED = 42

# A connection that is refused or breaks, or an answer that is cut.
_NO_ANSWER = (BotoCoreError, ResponseParserError, HTTPError)

pytestmark = pytest.mark.timeout(900)


def test_kills_lose_nothing_that_was_answered(server: MotoServer) -> None:
    chance, writes = random.Random(SEED), Writes(server)
    writes.prepare()
    for number in range(ROUNDS):
        with ThreadPoolExecutor(4) as callers:
            enough = threading.Semaphore(0)
            made = [callers.submit(writes.any, f"{number}-{call}", enough) for call in range(CALLS)]
            for _ in range(chance.randrange(CALLS // 4, CALLS)):
                enough.acquire()
            server.kill()
        failed = [error for call in made if (error := call.exception()) is not None]
        assert [error for error in failed if not isinstance(error, _NO_ANSWER)] == []
        server.start()
        writes.check()


def test_a_stop_answers_calls_and_saves(server: MotoServer) -> None:
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName="stopped")["QueueUrl"]
    with ThreadPoolExecutor(1) as caller:
        waiting = caller.submit(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=20)
        server.client("sqs").send_message(QueueUrl=url, MessageBody="text", DelaySeconds=60)
        started = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - started < 4, "the stack kills it after 5 seconds"
        assert waiting.exception() is not None
    assert [path.name for path in server.folder.glob("state.db*")] == ["state.db"]
    server.start()
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert found["ApproximateNumberOfMessagesDelayed"] == "1"


def test_an_empty_receive_writes_nothing(server: MotoServer) -> None:
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName="empty")["QueueUrl"]
    log = server.folder / "state.db-wal"
    before = log.stat()
    for _ in range(3):
        assert "Messages" not in sqs.receive_message(QueueUrl=url)
    assert (log.stat().st_size, log.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def test_a_disk_that_takes_no_more_refuses_writes_alone(server: MotoServer) -> None:
    """The limit of a process's files stands in for a full disk."""
    assert server.process is not None
    sqs, s3 = server.client("sqs"), server.client("s3")
    url = sqs.create_queue(QueueName="full")["QueueUrl"]
    s3.create_bucket(Bucket="full")
    sqs.send_message(QueueUrl=url, MessageBody="before")
    limit = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (1024, limit[1]))
    writes: list[Any] = [
        lambda: sqs.send_message(QueueUrl=url, MessageBody="refused"),
        lambda: s3.put_object(Bucket="full", Key="refused", Body=b"x" * 4096),
    ]
    for write in writes:
        with pytest.raises(ClientError) as refused:
            write()
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 507
        assert refused.value.response["Error"]["Code"] == "StorageFull"
    assert _status_of_a_large_put(server.port) == 507
    assert url in sqs.list_queues()["QueueUrls"]
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, limit)
    sqs.send_message(QueueUrl=url, MessageBody="after")
    server.restart()
    bodies = {each["Body"] for each in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]}
    assert bodies >= {"before", "after"}


async def test_folders_that_cannot_be_used_end_the_start_with_one_line(server: MotoServer, tmp_path: Path) -> None:
    in_use = await _refusal(server.folder, tmp_path / "log")
    assert in_use == f"{server.folder} is in use by another server"
    server.client("s3").create_bucket(Bucket="cut")
    server.client("s3").put_object(Bucket="cut", Key="key", Body=b"content")
    server.kill()
    content = next(path for path in (server.folder / "objects").iterdir() if path.read_bytes() == b"content")
    content.write_bytes(b"cut")
    assert f"the content {content} is missing or has another size" in await _refusal(server.folder, tmp_path / "log")
    content.write_bytes(b"content")
    server.start()


def _status_of_a_large_put(port: int) -> int:
    """The answer to a file that is larger than any disk, which moto must not begin to read."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest("PUT", "/full/large")
    connection.putheader("Content-Length", str(2**60))
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


async def _refusal(folder: Path, log: Path) -> str:
    """The last line of what the stack says about a moto that does not start."""
    process = ManagedProcess(moto(free_port(), folder), log, lambda _: None)
    with pytest.raises(StackError, match="aws ended with status 1; the end of") as raised:
        await process.start()
    return str(raised.value).splitlines()[-1]
