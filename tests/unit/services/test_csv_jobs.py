"""Jobs while their file is read, and with a file whose quotes or text are not right."""

import pytest

from maas.domain.jobs.jobs import FileFormat, Job, JobState
from tests.support.crashes import Crash
from tests.support.job_world import JobWorld, small_chunks

CSV, NDJSON = FileFormat.CSV, FileFormat.NDJSON


@pytest.fixture
async def world(monkeypatch: pytest.MonkeyPatch) -> JobWorld:
    return await small_chunks(monkeypatch)


@pytest.mark.parametrize("before", [0, 1, 20, 100])
@pytest.mark.parametrize("torn", [b'5,"open\n', b'5,"open\n6,"closed"\n', b'"5\n'])
async def test_a_quote_that_is_not_closed_fails_the_job_and_names_its_line(
    world: JobWorld, torn: bytes, before: int
) -> None:
    content = b"a,b\n" + b"1,2\n" * before + torn + b"1,2\n" * 50
    job = await world.submit_file(content, CSV)
    await world.work()
    ended = world.stored(job.place)
    assert (ended.state, ended.rows, world.runtime.runs) == (JobState.FAILED, 0, 0)
    assert ended.failure
    assert ended.failure.message.startswith(f"file: line {before + 2}: cell ")
    assert "begins with a quote, and no quote closes it" in ended.failure.message


async def test_quotes_in_the_midst_of_cells_take_no_rows(world: JobWorld) -> None:
    content = b"a,b\n" + b'1,2\n5" pipe,1\n"1","2"\n"1"x,2\n' * 20
    job = await world.submit_file(content, CSV)
    await world.work()
    lines = await world.lines(job)
    assert [line["line"] for line in lines] == [*range(2, 82)]
    errors = [line["error"]["errors"][0] for line in lines if "error" in line]
    assert [each["message"] for each in errors[1::2]] == [errors[1]["message"]] * 20
    assert errors[0] == {"field": "row.a", "rule": "type", "message": "must be a number, or empty if it is missing"}
    assert errors[1]["message"].startswith("has text behind the closing quote of cell 1")


async def test_a_row_of_several_lines_that_fails_names_them_all(world: JobWorld) -> None:
    job = await world.submit_file(b'a,b\n1,2\n3,"4\n5\n6"\n7,8\n', CSV)
    await world.work()
    first, bad, last = await world.lines(job)
    assert (first["line"], bad["line"], last["line"]) == (2, 3, 6)
    assert "lines 3 to 5 of the file are this row" in bad["error"]["detail"]


@pytest.mark.parametrize("kind", [CSV, NDJSON])
async def test_a_text_in_utf_16_fails_the_job_with_the_reason(world: JobWorld, kind: FileFormat) -> None:
    job = await world.submit_file("a,b\n1,2\n".encode("utf-16"), kind)
    await world.work()
    failure = world.stored(job.place).failure
    assert failure
    assert failure.message == "file: is a text in UTF-16; it must be a text in UTF-8"


async def test_a_job_runs_while_its_file_is_read_and_a_dead_worker_s_plan_is_made_again(world: JobWorld) -> None:
    job = await world.submit_file(b"a,b\n" + b"1,2\n" * 100, CSV)
    read, seen = world.objects.read, list[Job]()

    def dying(key: str, offset: int, length: int) -> bytes:
        seen.append(world.stored(job.place))
        if len(seen) < 3:
            raise Crash
        return read(key, offset, length)

    world.objects.read = dying  # type: ignore[method-assign]
    for _ in range(2):
        with pytest.raises(Crash):
            await world.runs.work(job.place)
    await world.work()
    assert [(each.state, each.started_at, each.total) for each in seen[:3]] == [(JobState.RUNNING, world.now, 0)] * 3
    ended = world.stored(job.place)
    assert (ended.state, ended.rows, ended.done) == (JobState.SUCCEEDED, 100, ended.total)


async def test_a_job_that_is_cancelled_while_its_file_is_read_computes_nothing(world: JobWorld) -> None:
    job = await world.submit_file(b"a,b\n" + b"1,2\n" * 100, CSV)
    read = world.objects.read

    def cancelling(key: str, offset: int, length: int) -> bytes:
        current = world.stored(job.place)
        if current.is_open:
            world.jobs.stored[job.place] = current.cancelled(world.now)
        return read(key, offset, length)

    world.objects.read = cancelling  # type: ignore[method-assign]
    await world.work()
    assert (world.stored(job.place).state, world.runtime.runs) == (JobState.CANCELLED, 0)
