"""Files with rows that can't be computed, and calls that fail for no fault of their rows."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.errors import InvalidInput, ModelCrashed, TimedOut
from maas.domain.inference.outputs import TOO_LONG
from maas.domain.inference.tensors import Feed
from maas.domain.jobs.jobs import FileFormat, Job, JobState
from maas.platform import deadline, trace
from maas.platform.request_context import CURRENT, RequestContext
from maas.services import file_runs
from tests.fakes.inference import FakeRuntime, artifact_of, larger_column, model_with_file
from tests.support.job_world import ADA, JobWorld

CSV, NDJSON = FileFormat.CSV, FileFormat.NDJSON
Compute = Callable[[Feed], Mapping[str, Any]]


async def _world(compute: Compute = larger_column, delay: Callable[[Feed], float] | float = 0) -> JobWorld:
    made = JobWorld(runtime=FakeRuntime(compute, delay))
    await made.publish(feature_names=["a", "b"])
    return made


async def _run(world: JobWorld, content: bytes, kind: FileFormat = NDJSON, **more: Any) -> Job:
    job = await world.submit_file(content, kind, **more)
    await world.work()
    return world.stored(job.place)


def _numbers(count: int, bad: set[int] | None = None) -> bytes:
    """Rows of which the second number is 9 in those of `bad`, else 1."""
    return b"".join(b"[0, %d]\n" % (9 if number in (bad or ()) else 1) for number in range(count))


def _crashing(feed: Feed) -> Mapping[str, Any]:
    if 9 in feed.values[0].elements:
        raise ModelCrashed.of()
    return larger_column(feed)


def _codes(lines: list[Any]) -> dict[int, str]:
    return {line["line"]: line["error"]["code"] for line in lines if "error" in line}


async def test_a_row_that_crashes_the_model_fails_no_other() -> None:
    world = await _world(_crashing)
    job = await _run(world, _numbers(100, {20, 60, 99}))
    assert (job.state, job.rows, job.failed_rows) == (JobState.SUCCEEDED, 100, 3)
    assert _codes(await world.lines(job)) == dict.fromkeys((21, 61, 100), "model_crashed")


async def test_a_model_that_crashes_for_row_after_row_fails_the_job() -> None:
    world = await _world(_crashing)
    job = await _run(world, _numbers(100, {20, 21}))
    assert (job.state, job.failure and job.failure.code) == (JobState.FAILED, "model_crashed")
    assert world.runtime.runs < 100


@pytest.mark.parametrize("is_file", [False, True])
async def test_a_model_whose_process_was_ended_from_outside_is_tried_again(is_file: bool) -> None:
    ended = iter([False, True, *[False] * 1000] if is_file else [True, False])

    def compute(feed: Feed) -> Mapping[str, Any]:
        if next(ended):
            raise ModelCrashed.of()
        return larger_column(feed)

    world = await _world(compute)
    if is_file:
        job = await _run(world, _numbers(50))
    else:
        made = await world.submit()
        await world.work()
        job = world.stored(made.place)
    assert (job.state, job.failed_rows) == (JobState.SUCCEEDED, 0)


async def test_rows_together_are_not_refused_as_one_that_is_too_slow() -> None:
    """Each row takes a tenth of the timeout."""
    world = await _world(delay=lambda feed: feed.values[0].shape[0] * 0.5)
    job = await _run(world, _numbers(300))
    assert (job.state, job.rows, job.failed_rows) == (JobState.SUCCEEDED, 300, 0)


async def test_a_row_that_takes_too_long_fails_no_other() -> None:
    world = await _world(delay=lambda feed: 6 if 9 in feed.values[0].elements else 0)
    job = await _run(world, _numbers(100, {0, 50, 51}))
    assert (job.state, job.failed_rows) == (JobState.SUCCEEDED, 3)
    assert _codes(await world.lines(job)) == dict.fromkeys((1, 51, 52), "timeout")


async def test_a_call_is_not_begun_in_less_time_than_it_may_take() -> None:
    """The message that follows does it, and what was computed is not computed again."""
    world = await _world()
    job = await world.submit_file(_numbers(100), NDJSON)
    await world.runs.work(*world.queue.messages.pop(0)[:2])
    token = CURRENT.set(RequestContext(trace.continued(""), deadline=deadline.after(4)))
    try:
        await world.runs.work(*world.queue.messages.pop(0)[:2])
    finally:
        CURRENT.reset(token)
    assert (world.stored(job.place).rows, world.queue.messages[0][1]) == (1, 0)
    await world.work()
    assert (world.stored(job.place).state, len(await world.lines(job))) == (JobState.SUCCEEDED, 100)


async def test_loading_a_model_does_not_count_as_time_of_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    world = await _world()
    seconds: list[float] = []

    async def load(_artifact: Any, limit: float) -> None:
        seconds.append(limit)
        if limit < file_runs.LOAD_SECONDS:
            raise TimedOut(TOO_LONG)

    monkeypatch.setattr(world.runtime, "load", load)
    world.runs = world.runner()
    job = await _run(world, _numbers(3), timeout=0.1)
    assert (job.state, seconds) == (JobState.SUCCEEDED, [file_runs.LOAD_SECONDS])


@pytest.mark.parametrize("content", [b"[]\n{}\nno json\n", b"a,b\nx,y\n"])
async def test_a_file_of_which_no_row_can_be_computed_fails_the_job(content: bytes) -> None:
    world = await _world()
    job = await _run(world, content, CSV if content[:1] == b"a" else NDJSON)
    assert job.failure
    assert (job.state, job.failure.code, job.rows) == (JobState.FAILED, "invalid_input", job.failed_rows)
    assert "no row can be computed" in job.failure.message
    assert len(await world.lines(job)) == job.rows


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a;b\n1;2\n", "the column a;b: the model's columns are a, b; cells of CSV are separated by commas"),
        (b"a\n1\n", "the column b: the model needs this column"),
        (b"a,b,c\n1,2,3\n", "the column c: the model's columns are a, b"),
        (b"\n\na,c\n1,2\n", "the column c: the model's columns are a, b"),
        (b",".join(b"c%d" % number for number in range(100_000)) + b"\n1\n", "the column c0: the model's columns are"),
        (b"1.5,-2e3\n1,2\n", "the model's columns are a, b; the first line of CSV has the names"),
        ("a,b\n1,2\n".encode("utf-16"), "is a text in UTF-16; it must be"),
    ],
)
async def test_a_head_that_no_row_fits_fails_the_job_at_once(content: bytes, message: str) -> None:
    world = await _world()
    job = await _run(world, content, CSV)
    assert job.failure
    assert (job.state, job.rows, world.runtime.runs) == (JobState.FAILED, 0, 0)
    assert message in job.failure.message


async def test_names_may_repeat_or_be_empty_in_rows_that_are_sent_as_lists() -> None:
    world = await _world()
    for head in (b"a,a", b","):
        job = await _run(world, head + b"\n1,2\n2,1\n", CSV, as_lists=True)
        assert [line["prediction"] for line in await world.lines(job)] == [1, 0]


async def test_outputs_of_a_row_do_not_depend_on_the_rows_beside_it() -> None:
    """A fixed output of four numbers is not by row, even where a call has four rows."""
    signature = Signature(
        (Tensor("x", "float", (-1, 2)),), (Tensor("label", "int64", (-1,)), Tensor("weights", "float", (4,)))
    )
    world = JobWorld(runtime=FakeRuntime(lambda feed: {**larger_column(feed), "weights": [0.0, 1.0, 2.0, 3.0]}))
    world.model_id = await model_with_file(world.registry, ADA, {}, artifact_of(b"weights", signature))
    await world.registry.publish_version(ADA, world.model_id, "1.0.0")
    job = await _run(world, _numbers(40))
    assert {json.dumps(sorted(line["outputs"])) for line in await world.lines(job)} == {'["label"]'}


async def test_rows_without_names_need_a_model_with_one_input() -> None:
    signature = Signature(
        (Tensor("a", "float", (-1, 1)), Tensor("b", "float", (-1, 1))), (Tensor("y", "float", (-1,)),)
    )
    world = JobWorld()
    world.model_id = await model_with_file(world.registry, ADA, {}, artifact_of(b"two", signature))
    await world.registry.publish_version(ADA, world.model_id, "1.0.0")
    with pytest.raises(InvalidInput, match="as_lists: the model has several inputs"):
        await world.submit_file(b"a,b\n1,2\n", CSV, as_lists=True)
    assert world.jobs.stored == {}


async def test_a_job_that_its_rows_fail_tells_what_is_wrong_with_the_first() -> None:
    world = await _world()
    job = await _run(world, b'[{"a": 1, "b": 2}, {"a": 3, "b": 4}]')
    assert job.failure
    assert job.failure.message == (
        "no row can be computed, and the results have the error of each; line 1, row: must be one row, and is a list "
        "of objects: a file of NDJSON has each of them on a line of its own"
    )


async def test_an_error_of_a_row_names_its_column() -> None:
    world = await _world()
    job = await _run(world, b"a,b\n1,x\n1,2\n-,2\n1e999,2\ninf,2\n", CSV)
    errors = [line["error"] for line in await world.lines(job) if "error" in line]
    fields = [(each["field"], each["rule"]) for error in errors for each in error["errors"]]
    assert fields == [("row.b", "type"), ("row.a", "type"), ("row.a", "range"), ("row.a", "finite")]
    assert errors[0]["detail"] == "row.b: must be a number, or empty if it is missing"
    job = await _run(world, b'{"a": 1}\n{"a": 1, "b": 2}\n[1]\n', NDJSON)
    found = [line["error"]["detail"] for line in await world.lines(job) if "error" in line]
    assert found == ["row.b: the model needs this column", "row: expected 2 features, got 1"]
