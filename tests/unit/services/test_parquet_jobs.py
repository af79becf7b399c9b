"""Jobs with a file whose rows become NDJSON first."""

from maas.domain.jobs.jobs import FileFormat, JobState
from tests.support.job_world import JobWorld


async def test_the_rows_are_read_as_lines_and_the_file_stays() -> None:
    world = JobWorld()
    await world.publish(feature_names=["a", "b"])
    content = b'[{"a": 1, "b": 2}, {"b": 1, "a": 2}]'
    job = await world.submit_file(content, FileFormat.PARQUET)
    await world.work()
    assert [(line["line"], line["prediction"]) for line in await world.lines(job)] == [(1, 1), (2, 0)]
    ended, size = world.stored(job.place), 2 * len(b'{"a": 1, "b": 2}\n')
    assert (ended.state, ended.done, ended.total) == (JobState.SUCCEEDED, size, size)
    assert job.file is not None
    assert world.objects.read(job.file.key, 0, job.file.size) == content
