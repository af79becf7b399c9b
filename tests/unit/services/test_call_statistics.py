import threading
from collections.abc import Mapping

from maas.domain.inference.statistics import ByVersion, Slot, duration_bucket
from maas.platform.timings import Timings
from maas.services.call_statistics import ALL, MODELS_MAX, CallStatistics, KeptStatistics
from tests.support.captured_logs import logged
from tests.support.waiting import until


def call(model_id: str = "iris", version: str = "1.0.0", **fields: object) -> Timings:
    made = Timings({"infer": 0.001, "total": 0.002}, "acme", model_id, version)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


class Sink:
    """`stop` keeps it busy until it is set."""

    def __init__(self) -> None:
        self.got: list[Mapping[Slot, ByVersion]] = []
        self.stop = threading.Event()
        self.stop.set()

    def add(self, counts: Mapping[Slot, ByVersion]) -> None:
        self.stop.wait()
        self.got.append(counts)


def test_calls_are_counted_by_version_and_for_their_organization() -> None:
    kept = KeptStatistics()
    calls = CallStatistics([kept], clock=lambda: 61.0)
    for made in (call(), call(hit=True), call(version="2.0.0", error="timeout"), call("", "", error="not_found")):
        calls.count(made)
    calls.flush()
    found = kept.read("acme", "iris", range(1, 2))
    assert {version: counts["calls"] for version, counts in found.items()} == {"1.0.0": 2, "2.0.0": 1}
    assert (found["1.0.0"]["hits"], found["2.0.0"]["error:timeout"]) == (1, 1)
    everything = kept.read("acme", "", range(1, 2))
    assert (everything[ALL]["calls"], everything[""]["error:not_found"]) == (3, 1)
    assert kept.read("other", "iris", range(1, 2)) == {}
    assert kept.read("acme", "iris", range(2, 60)) == {}


def test_calls_under_a_rollout_are_counted_by_side_too() -> None:
    kept = KeptStatistics()
    calls = CallStatistics([kept], clock=lambda: 61.0)
    sides = {"rollout_id": "r1", "side": "candidate"}
    slow = call(**sides)
    slow.seconds = {"init": 1.0, "download": 2.0, "load": 3.0, "infer": 0.001, "total": 6.01}
    failed = [call(**sides, error="invalid_input", refused=refused) for refused in (True, False)]
    for made in (slow, call(**sides, hit=True), *failed, call()):
        calls.count(made)
    calls.flush()
    found = kept.read("acme", "rollout:r1", range(1, 2))
    assert [*found] == ["candidate"]
    wanted = {"calls": 4, "refused": 1, "error:invalid_input": 2, f"serving:{duration_bucket(0.01)}": 1}
    assert {name: found["candidate"].get(name) for name in wanted} == wanted
    assert sum(name.startswith("serving:") for name in found["candidate"]) == 1


def test_a_thread_hands_the_counts_on_while_calls_go_on() -> None:
    sink = Sink()
    sink.stop.clear()
    calls = CallStatistics([sink], pause=0)
    calls.count(call())
    until(lambda: not calls._pending, 5)  # the thread has them, and waits for the sink
    calls.count(call())
    sink.stop.set()
    until(lambda: len(sink.got) == 2, 5)
    assert [sum(each["calls"] for slot in got.values() for each in slot.values()) for got in sink.got] == [2, 2]


def test_no_call_is_lost_or_counted_twice_under_threads() -> None:
    kept = KeptStatistics()
    calls = CallStatistics([kept], pause=0, clock=lambda: 0.0)

    def work() -> None:
        for _ in range(500):
            calls.count(call())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    calls.flush()
    assert kept.read("acme", "iris", range(1))["1.0.0"]["calls"] == 2000


def test_a_failing_sink_stops_neither_calls_nor_later_counts() -> None:
    class Broken(Sink):
        def add(self, counts: Mapping[Slot, ByVersion]) -> None:
            super().add(counts)
            if len(self.got) == 1:
                raise ValueError("broken")

    sink = Broken()
    calls = CallStatistics([sink], pause=0)
    with logged() as log:
        calls.count(call())
        until(lambda: "statistics are lost" in log(), 5)
    calls.count(call())
    until(lambda: len(sink.got) == 2, 5)


def test_models_beyond_the_bound_count_for_their_organization_alone() -> None:
    sink = Sink()
    sink.stop.clear()
    calls = CallStatistics([sink], pause=0, clock=lambda: 0.0)
    calls.count(call("first"))
    until(lambda: not calls._pending, 5)
    for number in range(2 * MODELS_MAX):
        calls.count(call(f"model-{number}"))
    sink.stop.set()
    until(lambda: len(sink.got) == 2, 5)
    assert len(sink.got[1]) == MODELS_MAX + 1
    everything = sink.got[1][Slot("acme", "", 0)]
    assert (everything[ALL]["calls"], everything[""]["calls"]) == (MODELS_MAX, MODELS_MAX)


def test_a_process_keeps_a_bounded_number_of_slots() -> None:
    kept = KeptStatistics(kept_max=3)
    for minute in range(9):
        kept.add({Slot("acme", "iris", minute): {"1.0.0": {"calls": 1}}})
    assert kept.read("acme", "iris", range(9))["1.0.0"]["calls"] == 3
