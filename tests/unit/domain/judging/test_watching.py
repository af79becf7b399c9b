"""What a judge keeps of a rollout from look to look, with clocks that jump."""

from maas.domain.judging.sequential import Share
from maas.domain.judging.watching import KEPT, LONGEST_LOOK, SETTLING, Watch, begun

NOON = 1_800_000_000.0
MINUTE = int(NOON // 60)


def counts(live: int, candidate: int) -> dict[str, dict[str, int]]:
    return {"live": {"calls": live}, "candidate": {"calls": candidate}}


def calls(watch: Watch, percent: float = 10) -> tuple[int, int]:
    found = watch.figures(percent)
    return found.live.failed.calls, found.candidate.failed.calls


def test_each_minute_becomes_final_once() -> None:
    watch, minutes = begun(NOON, 0, {}), list[int]()
    for look in range(90):
        now = NOON + 60 * look
        minutes += watch.settled(now)
        watch = watch.looked(now, 0, {}, {})
    assert minutes == list(range(MINUTE - KEPT, MINUTE + 89 - SETTLING))


def test_open_minutes_are_those_that_some_clock_may_have() -> None:
    watch = begun(NOON, 0, {}).looked(NOON, 0, {}, {})
    assert watch.open(NOON) == range(MINUTE - SETTLING, MINUTE + SETTLING)


def test_counts_of_a_minute_are_seen_again_until_they_are_final() -> None:
    watch = begun(NOON, 0, {}).looked(NOON, 0, {}, counts(90, 10))
    watch = watch.looked(NOON + 60, 0, {}, counts(180, 20))
    assert calls(watch) == (180, 20)
    watch = watch.looked(NOON + 120, 0, counts(100, 12), counts(90, 9))
    assert calls(watch) == (190, 21)


def test_a_clock_that_jumps_ahead_adds_at_most_one_look() -> None:
    watch = begun(NOON, 0, {}).looked(NOON, 0, {}, {})
    assert watch.looked(NOON + 600, 0, {}, {}).seconds == LONGEST_LOOK


def test_a_clock_that_jumps_back_adds_nothing_and_counts_nothing_twice() -> None:
    watch = begun(NOON, 0, {}).looked(NOON, 0, counts(5, 1), {})
    assert len(watch.settled(NOON - 600)) == 0
    assert watch.looked(NOON - 600, 0, {}, {}).seconds == 0
    assert watch.open(NOON - 600).start == watch.final_to


def test_two_clocks_ten_minutes_apart_do_not_end_a_step_early() -> None:
    """Looks are a minute apart, by one clock and the other in turn."""
    watch = begun(NOON, 0, {})
    for look in range(10):
        watch = watch.looked(NOON + 60 * look + 600 * (look % 2), 0, {}, {})
    assert watch.seconds <= 600


def test_a_step_begins_with_what_the_last_look_has_seen() -> None:
    watch = begun(NOON, 0, {}).looked(NOON, 0, {}, counts(990, 10))
    watch = watch.looked(NOON + 60, 1, {}, counts(1200, 30))
    assert calls(watch) == (210, 20)
    assert watch.seconds == 0


def test_a_candidate_with_all_calls_is_compared_with_those_of_live_before() -> None:
    watch = begun(NOON, 0, {"calls": 70, "error:internal": 7}).looked(NOON, 0, {}, counts(30, 10))
    watch = watch.looked(NOON + 60, 1, {}, counts(30, 40))
    assert watch.figures(100).live.failed == Share(7, 100)
    assert calls(watch, 100) == (100, 30)


def test_counts_before_the_rollout_are_not_those_of_a_step_beside_the_candidate() -> None:
    watch = begun(NOON, 0, {"calls": 70}).looked(NOON, 0, {}, counts(30, 10))
    assert calls(watch) == (30, 10)


def test_a_report_of_drift_is_one_look_however_often_it_is_read() -> None:
    watch = begun(NOON, 0, {})
    for report in ("12:00", "12:00", "12:15", "12:15"):
        watch = watch.reported(report)
    assert (watch.reports, watch.report) == (2, "12:15")


def test_lost_counts_leave_no_negative_figures() -> None:
    watch = begun(NOON, 0, {}).looked(NOON, 0, {}, counts(100, 50)).looked(NOON + 60, 1, {}, counts(4, 2))
    assert calls(watch) == (0, 0)
