"""The work of inline jobs: results, failures, postponements, cancellation and dead workers."""

import asyncio
import json
import random
from dataclasses import replace
from typing import Any

import pytest

from maas.domain.errors import Exhausted, PermissionDenied, Unauthenticated, Unavailable
from maas.domain.identity.principals import Principal
from maas.domain.jobs.jobs import JobState
from maas.platform import deadline, trace
from maas.platform.request_context import CURRENT, RequestContext
from maas.services import job_watches
from maas.services.job_runs import ATTEMPTS, POSTPONED, GaveUp
from maas.services.questions import Question
from tests.support.crashes import Crash, Crashes
from tests.support.job_world import ADA, JobWorld
from tests.support.rounds import FULL

KILLS = 50 if FULL else 15


@pytest.fixture
async def world() -> JobWorld:
    made = JobWorld()
    await made.publish()
    return made


def _states(world: JobWorld) -> list[str]:
    """The states in the events of jobs."""
    return [(event.after or {})["state"] for event in world.jobs.events]


async def test_a_job_has_the_answer_of_a_prediction(world: JobWorld) -> None:
    job = await world.submit()
    await world.work()
    ended = world.stored(job.place)
    assert (ended.state, ended.done, ended.total, ended.rows) == (JobState.SUCCEEDED, 1, 1, 1)
    result = json.loads(world.service.result(ended) or b"")
    assert (result["predictions"], result["class_names"], result["version"]) == ([1], ["right"], "1.0.0")
    assert _states(world) == ["succeeded"]


async def test_the_event_of_an_end_has_neither_values_nor_results(world: JobWorld) -> None:
    job = await world.submit()
    await world.work()
    (event,) = world.jobs.events
    assert (event.object, event.subject, event.tenant_id) == (f"job/{job.id}", ADA.subject, ADA.tenant_id)
    assert (event.after or {}).keys() == {
        "state", "model_id", "version", "rows", "failed_rows", "failure", "created_at", "ended_at",
    }  # fmt: skip


async def test_results_have_a_signed_url(world: JobWorld) -> None:
    job = await world.submit()
    await world.work()
    page = await world.service.results(ADA, job.id, limit=10, cursor="")
    (signed,) = page.items
    assert json.loads(world.objects.get(signed.url))["predictions"] == [1]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PermissionDenied("the roles do not allow it"), "permission_denied"),
        (Unauthenticated("the session has ended"), "unauthenticated"),
    ],
)
async def test_a_job_of_a_caller_without_the_right_fails(
    world: JobWorld, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    job = await world.submit()

    async def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(world.registry, "routed_version", refuse)
    await world.work()
    failure = world.stored(job.place).failure
    assert (failure and failure.code, _states(world)) == (code, ["failed"])


@pytest.mark.parametrize(
    ("credential", "shown"), [("key/7.f", "key/7.f"), ("issuer/7.f", "issuer/7.f"), ("session/7", "")]
)
async def test_a_job_asks_the_registry_as_its_caller_without_a_session(
    world: JobWorld, monkeypatch: pytest.MonkeyPatch, credential: str, shown: str
) -> None:
    asked, routed_version = list[Principal](), world.registry.routed_version
    by = replace(ADA, credential=credential)
    await world.submit(by)

    async def noted(by: Principal, *rest: Any) -> Any:
        asked.append(by)
        return await routed_version(by, *rest)

    monkeypatch.setattr(world.registry, "routed_version", noted)
    await world.work()
    assert asked == [replace(by, credential=shown)]


async def test_a_run_that_takes_too_long_fails_and_is_not_repeated(world: JobWorld) -> None:
    world.runtime.delay = 1000
    job = await world.submit()
    await world.work()
    failure = world.stored(job.place).failure
    assert (failure and failure.code, world.runtime.runs, world.queue.messages) == ("timeout", 1, [])


async def test_a_run_may_take_the_timeout_of_its_job(world: JobWorld) -> None:
    token = CURRENT.set(RequestContext(trace.continued(""), deadline=deadline.after(300)))
    seconds = list[float]()

    async def noted(by: Principal, question: Question) -> Any:
        seconds.append(question.timeout)
        return await world.predictions.predict(by, question)

    for timeout in (240.0, 2.5):
        job = await world.submit(timeout=timeout)
        await world.runner(noted).work(job.place)
    CURRENT.reset(token)
    assert seconds == [240.0, 2.5]


@pytest.mark.parametrize("error", [Unavailable("the registry does not answer"), Exhausted("too many calls")])
async def test_a_system_that_does_not_answer_is_asked_again_later(world: JobWorld, error: Exception) -> None:
    async def fail(*_: object) -> Any:
        raise error

    job = await world.submit()
    world.queue.messages.clear()
    await world.runner(fail).work(job.place)
    assert world.queue.messages == [(job.place, None, POSTPONED)]
    assert world.stored(job.place).state is JobState.RUNNING
    await world.work()
    assert _states(world) == ["succeeded"]


async def test_a_running_job_stops_when_it_is_cancelled(world: JobWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_watches, "WATCHED", 0.01)
    begun, stopped = asyncio.Event(), asyncio.Event()

    async def endless(by: Principal, question: Question) -> Any:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    job = await world.submit()
    work = asyncio.create_task(world.runner(endless).work(job.place))
    await begun.wait()
    await world.service.cancel(ADA, job.id)
    await asyncio.wait_for(work, 5)
    assert stopped.is_set()
    assert (world.stored(job.place).state, world.jobs.results) == (JobState.CANCELLED, {})


async def test_a_run_past_the_end_of_its_job_is_stopped(world: JobWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_watches, "WATCHED", 0.01)

    async def endless(by: Principal, question: Question) -> Any:
        world.pass_time(60)
        await asyncio.Event().wait()

    job = await world.submit(expires_in=60)
    await asyncio.wait_for(world.runner(endless).work(job.place), 5)
    assert (world.stored(job.place).state, _states(world)) == (JobState.EXPIRED, ["expired"])


async def test_a_job_that_is_late_expires_instead_of_running(world: JobWorld) -> None:
    await world.submit(expires_in=60)
    world.pass_time(60)
    await world.work()
    assert (world.runtime.runs, _states(world)) == (0, ["expired"])


async def test_a_message_that_comes_twice_changes_nothing(world: JobWorld) -> None:
    job = await world.submit()
    await world.work()
    ended = world.stored(job.place)
    await world.runs.work(job.place, receives=2)
    assert (world.stored(job.place), len(world.jobs.results), _states(world)) == (ended, 1, ["succeeded"])


async def test_a_job_whose_workers_always_die_is_given_up(world: JobWorld) -> None:
    job = await world.submit()
    with pytest.raises(GaveUp):
        await world.runs.work(job.place, receives=ATTEMPTS + 1)
    failure = world.stored(job.place).failure
    assert (failure and failure.code, _states(world)) == ("no_result", ["failed"])


async def test_an_unknown_job_needs_no_work(world: JobWorld) -> None:
    job = await world.submit()
    world.jobs.stored.clear()
    await world.runs.work(job.place)
    assert world.runtime.runs == 0


async def test_workers_that_die_at_any_step_lose_and_double_nothing(world: JobWorld) -> None:
    """Each message comes until its work ends without a crash, as SQS delivers it."""
    crashes = Crashes(random.Random(7))
    for target, names in (
        (world.jobs, ("job", "start", "chunk", "record", "end")),
        (world.objects, ("read", "write")),
        (world.runtime, ("run",)),
    ):
        crashes.inject(target, names)
    ended = 0
    while crashes.count < KILLS:
        job = await world.submit()
        crashes.rate = 0.3
        while world.jobs.stored[job.place].is_open:
            try:
                await world.runs.work(job.place)
            except Crash:
                continue
        crashes.rate, ended = 0, ended + 1
        assert world.stored(job.place).state is JobState.SUCCEEDED
        assert [place for of, place in world.jobs.results if of == job.id] == ["000000#000000000000"]
    assert _states(world) == ["succeeded"] * ended
