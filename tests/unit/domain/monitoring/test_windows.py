"""Windows of time."""

import pytest

from maas.domain.errors import InvalidInput, Rule
from maas.domain.monitoring.windows import Period, Window, window_seconds


@pytest.mark.parametrize(("text", "seconds"), [("1m", 60), ("15m", 900), ("1h", 3600), ("90d", 90 * 86400)])
def test_a_window_is_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert window_seconds(text) == seconds


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        *((text, Rule.WINDOW) for text in ("", "1", "0h", "-1h", "1s", "\u0661h", "1h\n", "99999m")),
        ("91d", Rule.RANGE),
        ("9999h", Rule.RANGE),
    ],
)
def test_other_windows_are_refused(text: str, rule: Rule) -> None:
    with pytest.raises(InvalidInput) as refused:
        window_seconds(text)
    assert [(each.field, each.rule) for each in refused.value.fields] == [("window", rule)]


def test_a_window_ends_with_the_current_minute() -> None:
    assert Window.until(3661.5, 3600) == Window(120, 3720)


def test_periods_begin_at_whole_minutes_hours_and_days() -> None:
    assert [period.start(90061) for period in (Period.MINUTE, Period.HOUR, Period.DAY)] == [90060, 90000, 86400]


@pytest.mark.parametrize(
    ("seconds", "period"),
    [
        (2 * 86400 - 60, Period.MINUTE),
        (2 * 86400, Period.HOUR),
        (29 * 86400, Period.HOUR),
        (30 * 86400, Period.DAY),
    ],
)
def test_a_long_window_begins_with_a_period_that_is_kept(seconds: int, period: Period) -> None:
    found = Window.until(40 * 86400 + 3600 * 5 + 90.0, seconds)
    assert found.start == period.start(found.end - seconds)
    assert 0 <= found.end - found.start - seconds < period.seconds
