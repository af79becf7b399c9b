from datetime import UTC, datetime, timedelta

import pytest

from maas.domain.webhooks.retries import asked_pause, backoff, pause_without_answer, retry_after

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("999999999999999999999", 86400),
        ("Sat, 21 Nov 2026 09:10:00 GMT", 600),
        ("Sat, 21 Nov 2026 08:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86400),
        ("", 0),
        ("soon", 0),
        ("-5", 0),
        ("1.5", 0),
        ("\u0661\u0662", 0),
        ("Sat, 21 Nov 99999999 08:00:00 GMT", 0),
        ("Sat, 99999999999999999999 Nov 2026 08:00:00 GMT", 0),
        ("Sat, 21 Nov 2026 08:00:00 +99999999999999999999", 0),
    ],
)
def test_a_retry_after_is_seconds_or_a_date(value: str, seconds: int) -> None:
    assert retry_after(value, NOW) == timedelta(seconds=seconds)


def test_the_steps_grow_with_jitter_around_them() -> None:
    low, high = [[backoff(n, lambda c=chance: c) for n in range(1, 12)] for chance in (0.0, 1.0)]  # type: ignore[misc]
    assert low == sorted(low)
    assert all(b / a == pytest.approx(1.25 / 0.75) for a, b in zip(low, high, strict=True))
    assert (low[0], high[-1]) == (timedelta(seconds=3.75), timedelta(seconds=13500))


def test_pauses_grow_and_have_an_end() -> None:
    assert [pause_without_answer(n).total_seconds() for n in (1, 2, 3, 100)] == [2, 4, 8, 300]
    assert asked_pause(timedelta(days=1)) == timedelta(hours=1)
