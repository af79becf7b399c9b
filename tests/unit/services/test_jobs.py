"""Making, reading, listing and cancelling jobs."""

from dataclasses import replace

import pytest

from maas.domain.catalog.models import ModelChange
from maas.domain.catalog.version_changes import NewVersion
from maas.domain.errors import InvalidInput, NotFound, Unauthenticated, WrongState
from maas.domain.ids import new_id
from maas.domain.jobs.jobs import JobFilter, JobState
from maas.domain.quotas import Quota, QuotaExceeded
from maas.platform import trace
from maas.platform.request_context import CURRENT, RequestContext
from tests.support.http_gateway import person
from tests.support.job_world import ADA, JobWorld


@pytest.fixture
async def world() -> JobWorld:
    made = JobWorld()
    await made.publish()
    return made


async def test_a_job_waits_in_the_queue_with_an_exact_version(world: JobWorld) -> None:
    job = await world.submit(version="^1.0")
    assert (job.state, job.version, job.by) == (JobState.QUEUED, "1.0.0", ADA)
    assert world.queue.messages == [(job.place, None, 0)]
    assert world.objects.objects[job.input_key] == b'{"features": [[1, 2]]}'


async def test_values_that_do_not_fit_make_no_job(world: JobWorld) -> None:
    with pytest.raises(InvalidInput, match="features"):
        await world.submit(features=[[1, 2, 3]])
    with pytest.raises(InvalidInput, match="outputs"):
        await world.submit(outputs=["nope"])
    assert (world.jobs.stored, world.queue.messages) == ({}, [])


@pytest.mark.parametrize("seconds", [0, -1, 59, 604801, 2**63])
async def test_a_time_that_is_too_short_or_too_long_is_refused(world: JobWorld, seconds: int) -> None:
    with pytest.raises(InvalidInput, match="expires_in"):
        await world.submit(expires_in=seconds)


async def test_a_version_that_is_not_published_makes_no_job(world: JobWorld) -> None:
    await world.registry.create_version(ADA, world.model_id, NewVersion(version="2.0.0"))
    with pytest.raises(WrongState, match="only published versions"):
        await world.submit(version="2.0.0")


async def test_a_repeated_request_makes_one_job(world: JobWorld) -> None:
    token = CURRENT.set(RequestContext(trace.continued(""), effect_id=new_id()))
    first, second = await world.submit(), await world.submit()
    CURRENT.reset(token)
    assert first == second
    assert len(world.jobs.stored) == 1


async def test_an_organization_has_a_bounded_number_of_open_jobs() -> None:
    world = JobWorld(open_max=2)
    await world.publish()
    token = CURRENT.set(RequestContext(trace.continued(""), effect_id=new_id()))
    first = await world.submit()
    CURRENT.reset(token)
    await world.submit(replace(ADA, subject=new_id()))
    with pytest.raises(QuotaExceeded, match="2 of at most 2 open jobs") as refused:
        await world.submit()
    assert (refused.value.quota, refused.value.limit, refused.value.use) == (Quota.OPEN_JOBS, 2, 2)
    assert len(world.jobs.stored) == len(world.objects.objects) == 2
    token = CURRENT.set(RequestContext(trace.continued(""), effect_id=first.id))
    assert await world.submit() == first  # a repeated request takes no place
    CURRENT.reset(token)
    await world.service.cancel(ADA, first.id)
    await world.submit()


async def test_another_caller_finds_no_job(world: JobWorld) -> None:
    job = await world.submit()
    for other in (person(subject=new_id(), tenant=ADA.tenant_id), person(tenant=new_id())):
        with pytest.raises(NotFound):
            await world.service.get(other, job.id)
        with pytest.raises(NotFound):
            await world.service.cancel(other, job.id)
        assert (await world.service.page(other, JobFilter(), limit=10, cursor="")).items == ()
    assert (await world.service.get(ADA, job.id)).job == job


async def test_a_job_of_a_deleted_model_is_not_found(world: JobWorld) -> None:
    job = await world.submit()
    world.jobs.stored[job.place] = replace(job, model_id=new_id())
    with pytest.raises(NotFound, match="job"):
        await world.service.get(ADA, job.id)
    assert (await world.service.page(ADA, JobFilter(), limit=10, cursor="")).items == ()


async def test_a_text_that_is_no_id_is_not_found(world: JobWorld) -> None:
    with pytest.raises(NotFound):
        await world.service.get(ADA, "no-id")


async def test_access_that_has_ended_reads_no_list(world: JobWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise Unauthenticated("the session has ended")

    monkeypatch.setattr(world.registry, "usage", refuse)
    for call in (
        world.service.page(ADA, JobFilter(), limit=10, cursor=""),
        world.service.get(ADA, new_id()),
    ):
        with pytest.raises(Unauthenticated):
            await call


async def test_pages_go_on_where_the_last_one_ended(world: JobWorld) -> None:
    made = []
    for _ in range(5):
        made.append((await world.submit()).id)
        world.pass_time(1)
    found, cursor = [], ""
    while True:
        page = await world.service.page(ADA, JobFilter(), limit=2, cursor=cursor)
        found += [each.job.id for each in page.items]
        if not (cursor := page.next_cursor):
            break
    assert found == made[::-1]


async def test_a_list_is_filtered_by_a_model_s_name_as_by_its_id(world: JobWorld) -> None:
    job = await world.submit()
    model = await world.registry.get_model(ADA, world.model_id)
    for named in (model.id, model.name):
        found = await world.service.page(ADA, JobFilter(model_id=named), limit=10, cursor="")
        assert [(each.job.id, each.model_name) for each in found.items] == [(job.id, model.name)]
    assert (await world.service.page(ADA, JobFilter(model_id=new_id()), limit=10, cursor="")).items == ()
    with pytest.raises(NotFound, match="no-such-model"):
        await world.service.page(ADA, JobFilter(model_id="no-such-model"), limit=10, cursor="")


async def test_a_job_has_the_name_that_its_model_has_now(world: JobWorld) -> None:
    other = person(subject=new_id(), tenant=new_id())
    await world.registry.update_model(ADA, world.model_id, ModelChange(is_public=True))
    own, foreign = await world.submit(), await world.submit(other)
    await world.registry.update_model(ADA, world.model_id, ModelChange(name="renamed"))
    for by, job, name in ((ADA, own, "renamed"), (other, foreign, f"{ADA.tenant_id}/renamed")):
        page = await world.service.page(by, JobFilter(), limit=10, cursor="")
        named = [*page.items, await world.service.get(by, job.id), await world.service.cancel(by, job.id)]
        assert [each.model_name for each in named] == [name] * 3


async def test_a_cursor_of_another_filter_is_refused(world: JobWorld) -> None:
    for _ in range(2):
        await world.submit()
        world.pass_time(1)
    page = await world.service.page(ADA, JobFilter(), limit=1, cursor="")
    with pytest.raises(InvalidInput, match="cursor"):
        await world.service.page(ADA, JobFilter(JobState.QUEUED), limit=1, cursor=page.next_cursor)


async def test_a_queued_job_is_cancelled_and_never_runs(world: JobWorld) -> None:
    job = await world.submit()
    cancelled = await world.service.cancel(ADA, job.id)
    assert (cancelled.job.state, cancelled.job.ended_at) == (JobState.CANCELLED, world.now)
    await world.work()
    assert world.runtime.runs == 0
    assert await world.service.cancel(ADA, job.id) == cancelled
    assert [event.after and event.after["state"] for event in world.jobs.events] == ["cancelled"]


async def test_a_job_that_has_ended_is_not_cancelled(world: JobWorld) -> None:
    job = await world.submit()
    await world.work()
    with pytest.raises(WrongState, match="succeeded"):
        await world.service.cancel(ADA, job.id)


async def test_a_job_that_nobody_runs_expires_when_it_is_read(world: JobWorld) -> None:
    job = await world.submit(expires_in=60)
    world.pass_time(60)
    assert (await world.service.get(ADA, job.id)).job.state is JobState.EXPIRED
    assert len(world.jobs.events) == 1


async def test_a_list_shows_no_job_as_open_that_is_over(world: JobWorld) -> None:
    await world.submit(expires_in=60)
    world.pass_time(61)
    page = await world.service.page(ADA, JobFilter(), limit=10, cursor="")
    assert [each.job.state for each in page.items] == [JobState.EXPIRED]
