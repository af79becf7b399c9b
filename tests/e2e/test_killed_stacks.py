"""SIGKILL to a part, to the launcher, or to all at once in the middle of writes; then the next start on the folder."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from local.data import lock
from tests.support.ledgers import Ledger
from tests.support.orphans import orphans
from tests.support.rounds import FULL
from tests.support.stack_users import PASSWORD, User
from tests.support.stacks import REMOVING, RunningStack, running_stack
from tests.support.waiting import until

VICTIMS = ("all", "launcher", "tables", "aws", "s3", "registry", "redis")
ROUNDS = 30 if FULL else 2
_REMOVED = 60.0  # seconds; a removal that met a part that was down is tried again after the grace
MODELS = 28 if FULL else 12  # with up to 13 operations each; those after the kill fail

pytestmark = [pytest.mark.kinds("embedded"), pytest.mark.timeout(300 + ROUNDS * 120)]


def test_a_kill_in_the_middle_of_writes_loses_no_write_and_orphans_no_file(tmp_path: Path, local_kind: str) -> None:
    print(f"{ROUNDS} rounds (30 with TEST_ROUNDS=full)")
    data, ledgers = tmp_path / "data", list[Ledger]()
    for number in range(ROUNDS):
        victim = VICTIMS[number % len(VICTIMS)]
        with _started(tmp_path / f"{number}", local_kind, data) as stack:
            _check(stack, ledgers)
            ledgers.append(ledger := Ledger(stack.user()))
            ledger.fill(MODELS, lambda stack=stack, victim=victim: _kill(stack, victim))  # type: ignore[misc]
            print(
                f"{victim}: {ledger.attempts} operations, {ledger.refused} refused, "
                f"{len(ledger.published)} published, {len(ledger.deleted)} models deleted"
            )
        until(lambda: lock.holder(data) is None, 30)
    with _started(tmp_path / "end", local_kind, data) as stack:
        _check(stack, ledgers)
        stack.client("s3").put_object(Bucket=stack.ready["bucket"], Key="models/orphan", Body=b"")
        assert orphans(stack) == {"models/orphan"}, "an orphan would be found"


@contextmanager
def _started(folder: Path, kind: str, data: Path) -> Iterator[RunningStack]:
    folder.mkdir()
    with running_stack(folder, kind, *REMOVING, data=data) as stack:
        yield stack


def _check(stack: RunningStack, ledgers: list[Ledger]) -> None:
    for ledger in ledgers:
        api = stack.anonymous()
        user = User(api, ledger.user.email, ledger.user.id, ledger.user.tenant_id)
        api.token = api.post("/api/v1/auth/login", {"email": user.email, "password": PASSWORD})["access_token"]
        ledger.check(user)
    until(lambda: not orphans(stack), _REMOVED)


def _kill(stack: RunningStack, victim: str) -> None:
    launcher = stack.ready["pid"]
    if victim == "all":
        every = [launcher, *(child.pid for child in psutil.Process(launcher).children(recursive=True))]
        for pid in every:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    else:
        pids = stack.ready["pids"]  # without an engine for tables or S3, moto serves them
        os.kill(launcher if victim == "launcher" else pids.get(victim, pids["aws"]), signal.SIGKILL)
