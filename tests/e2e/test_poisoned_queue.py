"""A file whose check kills the validator's process each time: it fails alone, and its neighbours do not notice.

The process is killed from outside, as the kernel does when memory ends, while it holds the file.
"""

import json
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import pytest

from local.demo import upload
from local.demo.client import ProblemError
from local.functions.sqs_source import LONG_POLL
from maas.services.validation import ATTEMPTS, NO_RESULT
from maas_client import Client
from tests.samples import onnx_files
from tests.support.rounds import FULL
from tests.support.stack_users import MODELS, PASSWORD, User
from tests.support.stacks import RunningStack
from tests.support.waiting import until

ROUNDS = 30 if FULL else 2
# Rounds at once: most of a round is waiting until a killed message is visible again.
LANES = 2
GOOD, BAD = onnx_files.largest_of_four(), onnx_files.lookup(range(100_000))
MESSAGES = 10
# In seconds. The template's half an hour is a wait, and nothing happens in it. Each check must be shorter than this.
VISIBILITY = 10
_LIMIT, _BUSY = 400.0, 60.0

pytestmark = [
    pytest.mark.kinds("embedded"),
    pytest.mark.timeout(500 + ROUNDS * 60),
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds the process by /proc, which Linux has"),
]


class Killer:
    """Kills processes of the stack's validator that hold the file BAD, at most so many. `killed` has their ids.

    BAD is looked for as the main file of a version, or as a file beside it.
    """

    def __init__(self, stack: RunningStack, most: int = 1_000_000, name: str = "model") -> None:
        self.killed: list[int] = []
        self._most, self._name = most, name
        self._marks = (b"POWERTOOLS_SERVICE_NAME=validator", f"MAAS_AWS_ENDPOINT={stack.ready['aws']}".encode())
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while len(self.killed) < self._most and not self._ended.wait(0.02):
            for process, folder in self._validators():
                if any(_size(file) == len(BAD) for file in folder.glob(f"tmp*/{self._name}")):
                    with suppress(ProcessLookupError):
                        os.kill(process, signal.SIGKILL)
                        self.killed += [] if process in self.killed else [process]

    def _validators(self) -> Iterator[tuple[int, Path]]:
        """The ids of the validator's processes on this stack, each with its temporary folder."""
        for entry in Path("/proc").glob("[0-9]*"):
            variables = _environment(entry)
            folder = next((text[7:] for text in variables if text.startswith(b"TMPDIR=")), b"")
            if folder and all(mark in variables for mark in self._marks):
                yield int(entry.name), Path(os.fsdecode(folder))


def test_a_file_that_kills_its_process_fails_alone(local_stack: RunningStack) -> None:
    print(f"{ROUNDS} rounds of {MESSAGES} messages (30 with TEST_ROUNDS=full)")
    with _short_visibility(local_stack), Killer(local_stack) as killer, ThreadPoolExecutor(LANES) as lanes:
        bad_ids = list(lanes.map(lambda number: _round(local_stack.user(), number), range(1, ROUNDS + 1)))
        until(lambda: _waiting(local_stack) == 0, _LIMIT)

    dead = list(_bodies(local_stack))
    print(f"dead letters: {len(dead)}, killed processes: {len(killer.killed)}")
    assert sorted(json.loads(body)["upload_id"] for body in dead) == sorted(bad_ids)
    # More, if a check was postponed on a busy machine: its new message has all attempts again.
    assert len(killer.killed) >= ROUNDS * ATTEMPTS


@pytest.mark.parametrize("name", ["model", "[0-9]*"], ids=["main file", "file beside it"])
def test_a_check_that_is_killed_once_is_made_again(local_stack: RunningStack, tmp_path: Path, name: str) -> None:
    """In the middle: while the validator holds the file, and before it has recorded anything."""
    user, contents = local_stack.user(), (BAD, GOOD) if name == "model" else (GOOD, BAD)
    for path, content in zip(("model.onnx", "beside.onnx"), contents, strict=True):
        (tmp_path / path).write_bytes(content)
    with (
        _short_visibility(local_stack),
        Killer(local_stack, 1, name) as killer,
        Client(local_stack.url) as client,
    ):
        client.auth.login(user.email, PASSWORD)
        version = client.push(tmp_path, model="killed-once", version="1.0.0", main="model.onnx", timeout=_LIMIT)
        files = client.versions.files("killed-once", "1.0.0").files
        until(lambda: _waiting(local_stack) == 0, _LIMIT)

    assert (version.state, len(killer.killed)) == ("ready", 1)
    assert [file.format for file in files] == ["onnx", "onnx"]
    assert list(_bodies(local_stack)) == []


def _round(user: User, number: int) -> str:
    """Validates ten files, of which one kills, and returns the id of that one's upload."""
    contents = [BAD, *[GOOD] * (MESSAGES - 1)]
    random.shuffle(contents)
    sessions = [_patiently(_sent, user, content) for content in contents]
    for session, content in zip(sessions, contents, strict=True):
        _patiently(upload.complete, user.api, session, content)
    bad = contents.index(BAD)

    versions = [_checked(user, session["model_id"]) for session in sessions]
    print(f"round {number}: {dict(Counter(version['state'] for version in versions))}")
    assert (versions[bad]["state"], versions[bad]["failure"]) == ("failed", NO_RESULT)
    assert [version["state"] for version in versions].count("ready") == MESSAGES - 1
    return str(sessions[bad]["upload_id"])


def _checked(user: User, model_id: str) -> Any:
    """The version once it does not wait for its check any more."""
    end = time.monotonic() + _LIMIT
    while True:
        version = _patiently(user.api.get, f"{MODELS}/{model_id}/versions/1.0.0")
        if version["state"] != "validating":
            return version
        assert time.monotonic() < end, f"{model_id} still validates"
        time.sleep(1)


def _patiently(call: Callable[..., Any], *arguments: Any) -> Any:
    """Repeats a call that failed because the machine is busy. The calls around the queue are not what is tested."""
    end = time.monotonic() + _BUSY
    while time.monotonic() < end:
        with suppress(ProblemError):
            return call(*arguments)
        time.sleep(1)
    return call(*arguments)


def _sent(user: User, content: bytes) -> Any:
    """Uploads the file for a draft of a new model, without completing. Returns the session."""
    session = upload.start(user.api, user.draft(), "1.0.0", "model.onnx", content)
    upload.put_parts(user.api, session, content)
    return session


@contextmanager
def _short_visibility(stack: RunningStack) -> Iterator[None]:
    sqs, queue = stack.client("sqs"), stack.ready["queues"]["ValidationQueue"]
    before = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["VisibilityTimeout"])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": str(VISIBILITY)})
    # A poll that has begun takes messages with the attribute as it was then, which would hide one for half an hour.
    time.sleep(LONG_POLL + 1)
    try:
        yield
    finally:
        sqs.set_queue_attributes(QueueUrl=queue, Attributes=before)


def _bodies(stack: RunningStack) -> Iterator[str]:
    """Takes the messages out of the dead letters."""
    sqs, queue = stack.client("sqs"), stack.ready["queues"]["ValidationDeadLetters"]
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            yield message["Body"]


def _waiting(stack: RunningStack) -> int:
    """The number of messages in the queue, also of those that are delayed or being handled."""
    names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
    url = stack.ready["queues"]["ValidationQueue"]
    counted = stack.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(counted[name]) for name in names)


def _environment(process: Path) -> list[bytes]:
    try:
        return (process / "environ").read_bytes().split(b"\0")
    except OSError:  # it has ended, or belongs to another user
        return []


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0
