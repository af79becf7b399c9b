"""Events become records, each once, whatever breaks off in between."""

import threading
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from maas.domain.audit.chain import Head
from maas.domain.audit.events import AuditEvent, stamp
from maas.domain.audit.verification import Verification, Verified
from maas.domain.errors import Unavailable
from maas.domain.ids import new_id
from maas.services.audit_batches import POSTPONED, AuditBatches
from maas.services.auditing import AuditService
from tests.fakes.audit import FakeAuditIndex, FakeAuditObjects, FakeAuditQueue
from tests.support.audit_logs import BEGIN, detail, event, message
from tests.support.crashing_audit import Crash, Crashes, CrashingIndex, CrashingObjects
from tests.support.rounds import FULL

# Changes of the long test.
OPERATIONS = 10_000 if FULL else 1_000


class World:
    """The writer over a log in memory."""

    def __init__(self) -> None:
        self.objects, self.index, self.queue = FakeAuditObjects(), FakeAuditIndex(), FakeAuditQueue()
        self.service = self.writer()
        self.batches = AuditBatches(self.service, self.queue)

    def writer(self, crash: Crashes | None = None) -> AuditService:
        now = BEGIN + timedelta(hours=1)
        if crash is None:
            return AuditService(self.objects, self.index, 30, lambda: now)
        objects, index = CrashingObjects(self.objects, crash), CrashingIndex(self.index, crash)
        return AuditService(objects, index, 30, lambda: now)

    def verified(self, organization: str) -> Verified:
        head = self.index.head(organization)
        return Verification([head]).run(self.objects.log(organization).splitlines(keepends=True))

    def ids(self, organization: str) -> list[str]:
        """The ids of recorded events, in the order of the log."""
        records = self.index.records.get(organization, {}).values()
        return [record["id"] for record in sorted(records, key=lambda record: record["sequence"])]


@pytest.fixture
def world() -> World:
    return World()


ORGANIZATION = new_id()


def test_records_have_the_events_in_the_order_of_their_times(world: World) -> None:
    events = [event(ORGANIZATION, number) for number in range(200)]
    world.service.append(ORGANIZATION, [*reversed(events)])
    assert world.ids(ORGANIZATION) == [each.id for each in events]
    head = world.index.head(ORGANIZATION)
    assert (head.sequence, len(world.objects.objects)) == (200, 3)
    assert world.verified(ORGANIZATION) == Verified(1, head, 1, None)


def test_repeated_deliveries_add_nothing(world: World) -> None:
    events = [event(ORGANIZATION, number) for number in range(5)]
    world.service.append(ORGANIZATION, [*events, *events])
    before = dict(world.objects.objects)
    world.service.append(ORGANIZATION, events)
    assert world.objects.objects == before
    assert world.index.head(ORGANIZATION).sequence == 5


def test_organizations_have_chains_of_their_own(world: World) -> None:
    other = new_id()
    world.service.append(ORGANIZATION, [event(ORGANIZATION)])
    world.service.append(other, [event(other)])
    assert world.index.head(ORGANIZATION).sequence == world.index.head(other).sequence == 1


def test_a_segment_without_an_index_is_adopted_by_the_next_writer(world: World) -> None:
    first, second = event(ORGANIZATION, 1), event(ORGANIZATION, 2)
    world.service.append(ORGANIZATION, [first])
    world.index = FakeAuditIndex()  # the process was killed after it had stored the object
    world.writer().append(ORGANIZATION, [first, second])
    assert world.ids(ORGANIZATION) == [first.id, second.id]
    assert world.verified(ORGANIZATION).finding is None


def test_a_late_writer_with_an_old_head_makes_no_fork(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = world.index.head(ORGANIZATION)
    events = [event(ORGANIZATION, number) for number in range(3)]
    world.service.append(ORGANIZATION, events[:2])
    answers = [stale]
    now = world.index.head
    monkeypatch.setattr(world.index, "head", lambda of: answers.pop() if answers else now(of))
    world.service.append(ORGANIZATION, events[2:])
    assert world.ids(ORGANIZATION) == [each.id for each in events]
    assert world.verified(ORGANIZATION).finding is None


def test_times_of_records_never_go_back(world: World) -> None:
    world.service.append(ORGANIZATION, [event(ORGANIZATION, 1)])
    early = AuditService(world.objects, world.index, 30, lambda: BEGIN)
    early.append(ORGANIZATION, [event(ORGANIZATION, 2)])
    times = {record["recorded_at"] for record in world.index.records[ORGANIZATION].values()}
    assert times == {stamp(BEGIN + timedelta(hours=1))}


def test_an_object_that_does_not_follow_the_head_stops_its_organization_alone(world: World) -> None:
    other = new_id()
    world.objects.objects[f"{ORGANIZATION}/{1:012}.jsonl"] = b"{}\n"
    bodies = {"a": message(detail(ORGANIZATION)), "b": message(detail(other))}
    assert world.batches.record(bodies) == ["a"]
    assert (world.index.head(ORGANIZATION), world.index.head(other).sequence) == (Head(ORGANIZATION), 1)


def test_poison_messages_fail_and_the_others_are_recorded(world: World) -> None:
    old = detail(ORGANIZATION, time=(BEGIN - timedelta(days=31)).isoformat())
    good = message(detail(ORGANIZATION))
    poison = ["", "[]", "{", '{"detail": 1}', "[" * 100_000, message({}), message(old), good.replace("}", ',"x":1.5}')]
    bodies = {str(number): body for number, body in enumerate(poison)}
    assert world.batches.record({**bodies, "good": good}) == list(bodies)
    assert world.index.head(ORGANIZATION).sequence == 1


def test_an_outage_sends_messages_again_for_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    body = message(detail(ORGANIZATION))

    def down(_organization: str) -> Head:
        raise Unavailable("no answer")

    monkeypatch.setattr(world.index, "head", down)
    assert world.batches.record({"a": body}) == []
    assert world.queue.sent == [(body, POSTPONED)]
    world.queue.down = True
    assert world.batches.record({"a": body}) == ["a"]


def test_two_writers_of_the_same_batch_add_each_event_once(world: World) -> None:
    events = [event(ORGANIZATION, number) for number in range(300)]
    lock = threading.Lock()
    for name in ("add", "read"):
        setattr(world.objects, name, _locked(lock, getattr(world.objects, name)))
    for name in ("extend", "known"):
        setattr(world.index, name, _locked(lock, getattr(world.index, name)))
    writers = [threading.Thread(target=world.writer().append, args=(ORGANIZATION, events)) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(world.ids(ORGANIZATION)) == sorted(each.id for each in events)
    assert world.verified(ORGANIZATION).finding is None


@pytest.mark.timeout(600)
def test_the_log_equals_the_committed_changes_whatever_crashes(world: World) -> None:
    random = Random(12)
    crash = Crashes(random, 0.15)
    organizations = [new_id() for _ in range(3)]
    events = [event(random.choice(organizations), number) for number in range(OPERATIONS)]
    waiting = events + random.sample(events, len(events) // 10)  # some are delivered twice in any case
    while waiting:
        random.shuffle(waiting)
        batch, waiting = waiting[:90], waiting[90:]
        waiting += _broken_off(world.writer(crash), batch)
    assert crash.count > OPERATIONS / 100
    for organization in organizations:
        expected = sorted(each.id for each in events if each.tenant_id == organization)
        assert sorted(world.ids(organization)) == expected
        assert world.verified(organization) == Verified(1, world.index.head(organization), 1, None)


def _broken_off(writer: AuditService, batch: list[AuditEvent]) -> list[AuditEvent]:
    """The events that the queue delivers again: all of the batch, if it broke off."""
    by_organization = {each.tenant_id: [one for one in batch if one.tenant_id == each.tenant_id] for each in batch}
    for organization, events in by_organization.items():
        try:
            writer.append(organization, events)
        except (Crash, Unavailable):
            return batch
    return []


def _locked(lock: threading.Lock, call: Callable[..., Any]) -> Callable[..., Any]:
    def alone(*args: Any) -> Any:
        with lock:
            return call(*args)

    return alone


@pytest.mark.parametrize(
    "poison",
    [
        message(detail(ORGANIZATION, 1, time="0001-01-01T00:00:00+23:59")),
        message(detail(ORGANIZATION, 1)).replace(
            '"before": {', '"before": {"deep": ' + '{"a":' * 900 + "1" + "}" * 900 + ", ", 1
        ),
        message(detail(ORGANIZATION, 1, type="UserUpdated", object="user/" + "\U0001f600" * 200)),
    ],
    ids=["time", "deep", "long"],
)
def test_no_poison_message_takes_its_batch_with_it(world: World, poison: str) -> None:
    good = event(ORGANIZATION, 2)
    bodies = {"poison": poison, "good": message(detail(ORGANIZATION, 2, id=good.id))}
    assert world.batches.record(bodies) == ["poison"]
    assert world.ids(ORGANIZATION) == [good.id]
