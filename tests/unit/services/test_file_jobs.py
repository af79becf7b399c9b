"""Jobs with a file: chunks at the same time, checkpoints, bad rows, and dead workers."""

import gzip
import hashlib
import json
import random
from typing import Any

import pytest

from maas.domain.capturing.captures import Capture
from maas.domain.errors import InvalidInput, WrongState
from maas.domain.feedback.kept import ROWS_MAX
from maas.domain.ids import new_id
from maas.domain.jobs.jobs import FILE_MAX, FileFormat, JobState
from maas.services import file_runs, job_plans, row_batches
from maas.services.jobs import WantedFile
from tests.support.crashes import Crash, Crashes
from tests.support.http_gateway import person
from tests.support.job_world import ADA, JobWorld, small_chunks
from tests.support.rounds import FULL

CSV, NDJSON = FileFormat.CSV, FileFormat.NDJSON
KILLS = 50 if FULL else 20


@pytest.fixture
async def world(monkeypatch: pytest.MonkeyPatch) -> JobWorld:
    return await small_chunks(monkeypatch)


def _ndjson(count: int) -> bytes:
    return b"".join(b"[%d, %d]\n" % (number, 50) for number in range(count))


def _labels(lines: list[Any]) -> list[tuple[int, int]]:
    return [(line["line"], line["prediction"]) for line in lines]


async def test_each_row_of_ndjson_has_its_line_in_order(world: JobWorld) -> None:
    job = await world.submit_file(_ndjson(100), NDJSON)
    await world.work()
    ended = world.stored(job.place)
    assert (ended.state, ended.rows, ended.failed_rows, ended.done) == (JobState.SUCCEEDED, 100, 0, len(_ndjson(100)))
    lines = await world.lines(job)
    assert _labels(lines) == [(number + 1, int(number < 50)) for number in range(100)]
    first = lines[0]
    assert (first.pop("prediction_id"), first.pop("row")) == (world.watcher.stored[0].prediction_id, 0)
    assert first == {"line": 1, "prediction": 1, "class_name": "right", "outputs": {"label": 1}}
    assert len({chunk for of, chunk in world.jobs.chunks if of == job.id}) > 5


async def test_csv_is_read_by_the_names_of_its_columns(world: JobWorld) -> None:
    job = await world.submit_file(b"b,a\r\n1,2\r\n2,1\r\n" * 1, CSV)
    await world.work()
    assert _labels(await world.lines(job)) == [(2, 0), (3, 1)]


async def test_csv_without_usable_names_is_sent_as_lists(world: JobWorld) -> None:
    job = await world.submit_file(b"x,y\n1,2\n2,1\n", CSV, as_lists=True)
    await world.work()
    assert _labels(await world.lines(job)) == [(2, 1), (3, 0)]


async def test_records_and_lists_may_be_in_one_file(world: JobWorld) -> None:
    job = await world.submit_file(b'[1, 2]\n{"a": 2, "b": 1}\n{"b": 5, "a": 1}\n[0, 0]\n', NDJSON)
    await world.work()
    assert _labels(await world.lines(job)) == [(1, 1), (2, 0), (3, 1), (4, 0)]


async def test_a_bad_row_has_its_error_and_fails_no_other(world: JobWorld) -> None:
    content = b'[1, 2]\n[1, "x"]\nno json\n[1, 2, 3]\n[2, 1]\n{"c": 1}\n[null, 1e999]\n[0, 1]\n'
    job = await world.submit_file(content, NDJSON)
    await world.work()
    ended, lines = world.stored(job.place), await world.lines(job)
    assert (ended.state, ended.rows, ended.failed_rows) == (JobState.SUCCEEDED, 8, 5)
    assert [line["line"] for line in lines] == [*range(1, 9)]
    assert [line["prediction"] for line in lines if "error" not in line] == [1, 0, 1]
    assert {line["error"]["code"] for line in lines if "error" in line} == {"invalid_input"}


async def test_too_many_bad_rows_fail_the_job(world: JobWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maas.domain.jobs.jobs.FAILED_ROWS_MAX", 20)
    job = await world.submit_file(b"[]\n" * 1000, NDJSON)
    await world.work()
    ended = world.stored(job.place)
    assert (ended.state, ended.failure and ended.failure.code) == (JobState.FAILED, "invalid_input")
    assert ended.failure
    assert "; line 1, row: expected 2 features, got 0" in ended.failure.message
    assert ended.failed_rows < 1000


@pytest.mark.parametrize(
    ("content", "kind", "rule"),
    [(b"\n\n \n", NDJSON, "has no rows"), (b"a,b\n", CSV, "has no rows"), (b"a,a\n1,2", CSV, "one name")],
)
async def test_a_file_without_usable_rows_fails_with_its_reason(
    world: JobWorld, content: bytes, kind: FileFormat, rule: str
) -> None:
    job = await world.submit_file(content, kind)
    await world.work()
    failure = world.stored(job.place).failure
    assert failure
    assert rule in failure.message


async def test_a_row_that_is_longer_than_a_block_fails_the_job(world: JobWorld) -> None:
    job = await world.submit_file(b"[1, 2]\n[" + b" " * 1000 + b"1, 2]\n", NDJSON)
    await world.work()
    failure = world.stored(job.place).failure
    assert failure
    assert failure.message == "file: line 2: the row has more than 1048576 bytes"


async def test_a_file_that_is_not_there_makes_no_job(world: JobWorld) -> None:
    new = await world.service.new_file(ADA, 3, hashlib.sha256(b"abc").hexdigest())
    for file_id in (new.id, new_id(), "../../models", ""):
        with pytest.raises(WrongState, match="no such file"):
            await world.submit(file=WantedFile(file_id, CSV, as_lists=False))


async def test_another_caller_s_file_is_not_there(world: JobWorld) -> None:
    other = person(subject=new_id(), tenant=ADA.tenant_id)
    new = await world.service.new_file(other, 3, hashlib.sha256(b"abc").hexdigest())
    assert world.objects.put(new.url, b"abc", new.headers) == 200
    with pytest.raises(WrongState, match="no such file"):
        await world.submit(file=WantedFile(new.id, CSV, as_lists=False))


async def test_a_url_takes_the_declared_bytes_alone(world: JobWorld) -> None:
    new = await world.service.new_file(ADA, 3, hashlib.sha256(b"abc").hexdigest())
    assert world.objects.put(new.url, b"abd", new.headers) == 400
    assert world.objects.put(new.url, b"abcd", new.headers) == 403


@pytest.mark.parametrize("size", [0, -1, FILE_MAX + 1, 2**70])
async def test_a_file_of_another_size_is_refused(world: JobWorld, size: int) -> None:
    with pytest.raises(InvalidInput, match="size"):
        await world.service.new_file(ADA, size, "0" * 64)


async def test_a_worker_leaves_the_rest_of_a_chunk_to_the_next_message(
    world: JobWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_runs, "WORK_SECONDS", 0)
    monkeypatch.setattr(row_batches, "BATCH_MAX", 1)
    job = await world.submit_file(_ndjson(40), NDJSON)
    await world.work()
    assert world.stored(job.place).state is JobState.SUCCEEDED
    assert [line for line, _ in _labels(await world.lines(job))] == [*range(1, 41)]
    assert len(world.jobs.results) == 40


async def test_at_most_eight_chunks_of_one_job_wait_at_once(world: JobWorld) -> None:
    job = await world.submit_file(_ndjson(500), NDJSON)
    most = 0
    while world.queue.messages:
        place, chunk, _ = world.queue.messages.pop(0)
        await world.runs.work(place, chunk)
        most = max(most, len(world.queue.messages))
    assert (most, world.stored(job.place).rows) == (8, 500)


async def test_a_cancelled_file_job_computes_no_further_chunk(world: JobWorld) -> None:
    job = await world.submit_file(_ndjson(500), NDJSON)
    for _ in range(4):
        place, chunk, _ = world.queue.messages.pop(0)
        await world.runs.work(place, chunk)
    await world.service.cancel(ADA, job.id)
    runs = world.runtime.runs
    await world.work()
    assert world.runtime.runs == runs
    assert world.stored(job.place).state is JobState.CANCELLED


async def test_workers_that_die_at_any_step_lose_and_double_no_row(world: JobWorld) -> None:
    """Each message comes until its work ends without a crash, in any order and sometimes twice, as SQS delivers it."""
    chance = random.Random(11)
    crashes = Crashes(chance)
    for target, names in (
        (world.jobs, ("job", "start", "chunk", "record", "end")),
        (world.objects, ("read", "write")),
        (world.queue, ("send",)),
        (world.runtime, ("run",)),
    ):
        crashes.inject(target, names)
    jobs, told = 0, set[str]()
    while crashes.count < KILLS:
        world.queue.messages.clear()
        job = await world.submit_file(_ndjson(60), NDJSON)
        crashes.rate, jobs = 0.1, jobs + 1
        while world.queue.messages:
            place, chunk, _ = world.queue.messages[at := chance.randrange(len(world.queue.messages))]
            try:
                await world.runs.work(place, chunk)
            except Crash:
                continue
            if chance.random() > 0.1:
                world.queue.messages.remove((place, chunk, 0))
        crashes.rate = 0
        ended = world.stored(job.place)
        assert (ended.state, ended.rows) == (JobState.SUCCEEDED, 60), at
        lines = await world.lines(job)
        assert _labels(lines) == [(number + 1, int(number < 50)) for number in range(60)]
        told |= {line["prediction_id"] for line in lines}
        assert {each.prediction_id for each in world.watcher.stored} <= told
    # What a worker had not handed on when it ended right after its record is lost, and nothing counts twice.
    assert len(world.watcher.stored) == len({each.prediction_id for each in world.watcher.stored})
    assert [(event.after or {})["state"] for event in world.jobs.events] == ["succeeded"] * jobs


async def test_a_job_runs_with_the_chosen_outputs(world: JobWorld) -> None:
    with pytest.raises(InvalidInput, match="outputs"):
        await world.submit_file(b"[1, 2]\n", NDJSON, outputs=["nope"])
    job = await world.submit_file(b"[1, 2]\n", NDJSON, outputs=["label"])
    await world.work()
    assert json.dumps((await world.lines(job))[0]["outputs"]) == '{"label": 1}'


async def test_rows_beyond_those_that_a_prediction_keeps_have_no_id(
    world: JobWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_batches, "ROWS_MAX", 2)
    monkeypatch.setattr(job_plans, "CHUNK_SIZE", 1_000)
    monkeypatch.setattr(job_plans, "BLOCK_SIZE", 1_500)
    job = await world.submit_file(_ndjson(31), NDJSON)
    await world.work()
    lines = await world.lines(job)
    by_id: dict[str, list[int]] = {}
    for line in lines:
        assert (line["prediction_id"] is None) == (line["row"] is None)
        if line["prediction_id"]:
            by_id.setdefault(line["prediction_id"], []).append(line["row"])
    assert [each.prediction_id for each in world.watcher.stored] == [*by_id]
    assert [*by_id.values()] == [[0], [0, 1], [0, 1], [0, 1], [0, 1]]  # of 1, 2, 4, 8 and 16 rows


async def test_an_attempt_whose_result_is_not_recorded_counts_nothing(world: JobWorld) -> None:
    job = await world.submit_file(_ndjson(5), NDJSON)
    crashes = Crashes(random.Random(1))
    crashes.inject(world.objects, ("write",))
    while world.queue.messages:
        place, chunk, _ = world.queue.messages[0]
        crashes.rate = 2.0 if chunk is not None and crashes.count < 3 else 0.0  # it crashes before each write
        try:
            await world.runs.work(place, chunk)
        except Crash:
            continue
        world.queue.messages.pop(0)
    lines = await world.lines(job)
    assert crashes.count == 3
    assert {line["prediction_id"] for line in lines} == {each.prediction_id for each in world.watcher.stored}
    assert sum(len(each.feed.values[0].data) for each in world.watcher.stored) == 5 * 2 * 4


def _captured(world: JobWorld) -> list[dict[str, Any]]:
    texts = [gzip.decompress(content).decode() for content, _ in world.captures.kept.values()]
    return [json.loads(line) for text in texts for line in text.splitlines()]


async def test_rows_of_a_job_are_captured_once_without_what_is_redacted(
    world: JobWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_plans, "CHUNK_SIZE", 10_000)
    monkeypatch.setattr(job_plans, "BLOCK_SIZE", 15_000)
    monkeypatch.setattr(row_batches, "CALL_SECONDS", 600.0)  # so that calls grow on a busy machine too
    await world.registry.set_capture(ADA, world.model_id, Capture(percent=100, redact=("b",), outputs=True))
    job = await world.submit_file(_ndjson(300), NDJSON)
    await world.work()
    assert world.stored(job.place).rows == 300
    by_id = {line["prediction_id"]: line["line"] for line in reversed(await world.lines(job))}
    found = _captured(world)
    assert [*sorted(each["prediction_id"] for each in found)] == sorted(set(by_id) - {None})
    rows = [value for each in sorted(found, key=lambda each: each["inputs"]["a"]) for value in each["inputs"]["a"]]
    assert rows == sorted(set(rows))  # none twice
    assert all({*each["inputs"]} == {"a"} for each in found)
    assert all(each["outputs"]["label"] == [int(a < 50) for a in each["inputs"]["a"]] for each in found)
    sizes = {len(each["inputs"]["a"]) for each in found}
    assert {1, 64} < sizes  # a call has twice the rows of the one before
    assert max(sizes) == ROWS_MAX


async def test_a_job_whose_result_is_not_recorded_is_not_captured(world: JobWorld) -> None:
    await world.registry.set_capture(ADA, world.model_id, Capture(percent=100))
    job = await world.submit_file(_ndjson(20), NDJSON)
    world.jobs.record = lambda *_: False  # type: ignore[method-assign]
    await world.work()
    assert (_captured(world), world.stored(job.place).rows) == ([], 0)
