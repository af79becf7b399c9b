"""Pictures of answers: what they show, their size, and files that are whole or as before."""

import struct
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from matplotlib import dates
from matplotlib.figure import Figure
from matplotlib.text import Text

from maas_client import reports
from maas_client.answers import Interval, Segment
from maas_client.errors import FileError
from tests.support import reported

LONG = "a_very_long_name_of_a_feature_$x_{1}$_that_goes_on_for_ever_and_ever"


def _charts(figure: Figure) -> list[Any]:
    """The charts of a figure. matplotlib's own types are wider than what is read of them."""
    return [*figure.axes]


def _moment(number: float) -> datetime:
    found: Any = dates
    moment: datetime = found.num2date(number)
    return moment


def _texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.texts]


def _rows(chart: Any) -> list[str]:
    return [label.get_text() for label in chart.get_yticklabels()]


def _bars(chart: Any) -> list[Any]:
    return [*chart.containers[0]]


def _size(content: bytes) -> tuple[int, int]:
    """The width and height that the head of a PNG file states."""
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def _drawn_texts(figure: Figure) -> list[Text]:
    """The texts of a figure, without labels of ticks that are out of view."""
    found = [*figure.texts]
    for chart in _charts(figure):
        legend = chart.get_legend()
        found += [*chart.texts, chart.xaxis.label, chart.yaxis.label, chart._left_title]
        found += legend.get_texts() if legend else []
        for axis in (chart.xaxis, chart.yaxis):
            found += [tick.label1 for tick in axis._update_ticks()] + [axis.get_offset_text()]
    return [text for text in found if text.get_text().strip() and text.get_visible()]


def _overlaps(figure: Figure) -> list[tuple[str, str]]:
    """The texts of a figure that lie over each other."""
    figure.draw_without_rendering()
    boxes = [(text.get_text(), text.get_window_extent().shrunk(0.9, 0.7)) for text in _drawn_texts(figure)]
    return [
        (name, other)
        for place, (name, box) in enumerate(boxes)
        for other, beside in boxes[place + 1 :]
        if box.overlaps(beside)
    ]


def _segments() -> list[Any]:
    named = [Segment(name="country", value=f"land {each}") for each in range(20)]
    return [reported.group("1.0.0", 0.9 - at / 50, segment=segment) for at, segment in enumerate(named)]


def _drift(count: int) -> Figure:
    return reports.draw(reported.drift([reported.column(f"{LONG}{each}", each / 20) for each in range(count)]))


def _rollout() -> Figure:
    begun, now = reported.rollout(0, minute=0), reported.rollout(1)
    return reports.draw(now, history=[reported.move(now), reported.move(begun)])


_FIGURES: dict[str, Callable[[], Figure]] = {
    "one column": lambda: _drift(1),
    "100 columns": lambda: _drift(100),
    "20 segments": lambda: reports.draw(reported.performance(_segments(), "segment")),
    "both kinds": lambda: reports.draw(reported.performance([reported.group("1", 0.9), reported.group("2", rmse=2.0)])),
    "comparison": lambda: reports.draw(
        reported.comparison(_segments()[0], _segments()[1], Interval(estimate=0.1, low=0.0, high=0.2), None)
    ),
    "rollout": _rollout,
    "guards": lambda: reports.draw(reported.judged_rollout(reported.GUARDS)),
    "ten guards": lambda: reports.draw(reported.judged_rollout((reported.GUARDS * 2)[:10])),
}


def test_a_drift_shows_the_index_of_each_column_the_drifting_ones_first() -> None:
    columns = [
        reported.column("width", 0.3),
        reported.column("length", 0.2, drifts=True),
        reported.column("label", 0.05, side="output"),
    ]
    figure = reports.draw(reported.drift(columns), name="iris")
    index, missing = _charts(figure)
    assert _texts(figure)[0] == "Drift of iris 1.0.0: 1 of 2 inputs drift"
    assert _rows(index) == ["length", "width", "label (output)"]
    assert [bar.get_width() for bar in _bars(index)] == [0.2, 0.3, 0.05]
    assert [bool(bar.get_hatch()) for bar in _bars(index)] == [True, False, False]
    assert [text.get_text() for text in index.texts] == ["0.200, range 7.5%", "0.300", "0.050"]
    before, now = missing.collections[1:]
    assert [x for x, _ in before.get_offsets()] == [1, 0, 0]
    assert [x for x, _ in now.get_offsets()] == [6, 0, 0]
    assert (index.get_xlabel(), missing.get_xlabel()) == (
        "population stability index (PSI, no unit)",
        "missing values (%)",
    )


def test_a_column_that_is_not_tested_says_so() -> None:
    [index, _] = _charts(reports.draw(reported.drift([reported.column("rare", 0, test="none")])))
    assert [text.get_text() for text in index.texts] == ["not tested"]


@pytest.mark.parametrize(
    ("outcome", "words"), [("few_rows", "fewer than 100 rows"), ("no_baseline", "no baseline yet")]
)
def test_a_drift_without_columns_says_why(outcome: str, words: str) -> None:
    figure = reports.draw(reported.drift([], outcome))
    assert figure.axes == []
    assert words in _texts(figure)[-1]


def test_long_names_keep_both_ends_and_are_no_formulas() -> None:
    [index, _] = _charts(reports.draw(reported.drift([reported.column(f"{LONG}\n9", 0.2)])))
    [name] = _rows(index)
    assert len(name) == 34
    assert (name[:6], name[-4:]) == ("a_very", "er 9")
    assert not index.get_yticklabels()[0].get_parse_math()


@pytest.mark.parametrize("name", _FIGURES)
def test_no_text_of_a_picture_lies_over_another(name: str) -> None:
    assert _overlaps(_FIGURES[name]()) == []


def test_texts_that_lie_over_each_other_are_found() -> None:
    figure = _rollout()
    figure.text(0.5, 0.5, "one")
    figure.text(0.5, 0.5, "two")
    assert ("one", "two") in _overlaps(figure)


def test_a_performance_shows_each_group_with_its_interval_and_over_time() -> None:
    figure = reports.draw(
        reported.performance([reported.group("1.0.0", 0.9), reported.group("1.1.0", 0.8)]), name="iris"
    )
    estimates, hours, calibration, counts = _charts(figure)
    assert _rows(estimates) == ["1.0.0, 400 rows", "1.1.0, 400 rows"]
    [low, high] = estimates.containers[1].lines[1]
    assert (low.get_xdata()[0], high.get_xdata()[0]) == pytest.approx((77, 82))
    assert [*hours.lines[0].get_ydata()] == pytest.approx([90, 89, 88, 90, 89, 88])
    assert _moment(hours.lines[0].get_xdata(orig=False)[0]) == reported.NOON - timedelta(hours=6)
    assert sorted(text.get_text() for text in hours.texts) == ["1.0.0", "1.1.0"]
    assert [*calibration.lines[1].get_xdata()] == pytest.approx([55, 65, 75, 85, 95])
    assert [*calibration.lines[1].get_ydata()] == pytest.approx([50, 60, 70, 80, 90])
    assert [*counts.lines[0].get_ydata()] == [40, 50, 60, 70, 80, 90]


def test_of_many_groups_the_lines_of_the_largest_are_drawn() -> None:
    groups = [reported.group(f"1.0.{each}", 0.9) for each in range(20)]
    estimates, hours, *_ = _charts(reports.draw(reported.performance(groups)))
    assert len(_rows(estimates)) == 20
    assert len(hours.lines) == 8
    assert hours.get_title("left").endswith("8 of 20 groups")


def test_a_regression_shows_its_error() -> None:
    [estimates, hours] = _charts(reports.draw(reported.performance([reported.group("1.0.0", rmse=2.5)])))
    assert (estimates.get_xlabel(), hours.get_ylabel()) == ("RMSE (unit of the score)",) * 2
    assert [text.get_text() for text in estimates.texts] == ["2.5"]


def test_a_performance_without_feedback_says_so() -> None:
    figure = reports.draw(reported.performance([]))
    assert (figure.axes, _texts(figure)[-1]) == ([], "There is no feedback on predictions of this time.")


def test_a_comparison_shows_both_versions_and_whether_the_change_may_be_none() -> None:
    versions = reported.group("1.0.0", 0.91, 2.5), reported.group("1.1.0", 0.93, 2.0)
    report = reported.comparison(
        *versions, Interval(estimate=0.02, low=-0.01, high=0.05), Interval(estimate=-0.4, low=-0.6, high=-0.2)
    )
    accuracy, change, error, less = _charts(reports.draw(report))
    assert [text.get_text() for text in accuracy.texts] == ["91", "93"]
    assert [text.get_text() for text in change.texts] == ["2"]
    assert change.get_title("left") == "Change: may be none, the interval has 0"
    assert [text.get_text() for text in error.texts] == ["2", "1.6"]
    assert less.get_title("left") == "Change"


def test_a_rollout_shows_the_share_that_was_and_the_one_that_is_planned() -> None:
    begun, now = reported.rollout(0, minute=0), reported.rollout(1, minute=20)
    other = now.model_copy(update={"id": "another", "revision": 1, "percent": 50.0})
    figure = reports.draw(now, name="iris@production", history=[reported.move(each) for each in (now, begun, other)])
    was, planned = _charts(figure)[0].lines
    assert [*was.get_ydata()] == [5, 25]
    assert [*planned.get_ydata()] == [25, 25, 50, 100, 100]
    ends = [_moment(each) for each in planned.get_xdata(orig=False)]
    assert ends[-1] == reported.NOON + timedelta(minutes=80)
    assert _texts(figure)[2:] == ["1   2026-11-30 12:00:00   running, 5 %", "2   2026-11-30 12:20:00   running, 25 %"]


def test_an_aborted_rollout_plans_nothing_and_gives_its_reason() -> None:
    ended = reported.rollout(1, "aborted", minute=31, reason="error_rate: 30 of 100 calls")
    figure = reports.draw(ended, history=[reported.move(reported.rollout(1)), reported.move(ended)])
    assert len(_charts(figure)[0].lines) == 1
    assert _texts(figure)[-1].endswith("aborted, 0 %: error_rate: 30 of 100 calls")


@pytest.mark.parametrize("count", [1, 100])
def test_a_file_is_a_png_of_the_size_of_its_picture(count: int, tmp_path: Path) -> None:
    report = reported.drift([reported.column(str(each), 0.1) for each in range(count)])
    reports.save(report, tmp_path / "drift.png")
    width, height = _size((tmp_path / "drift.png").read_bytes())
    inches = reports.draw(report).get_size_inches()
    assert (width, height) == (1000, round(inches[1] * reports.DPI))
    assert [file.name for file in tmp_path.iterdir()] == ["drift.png"]


def test_a_file_stays_as_it_was_if_its_picture_can_not_be_written(tmp_path: Path) -> None:
    report = reported.drift([])
    with pytest.raises(FileError, match="can't be written"):
        reports.save(report, tmp_path / "absent" / "drift.png")
    (tmp_path / "drift.png").mkdir()
    with pytest.raises(FileError, match="can't be written"):
        reports.save(report, tmp_path / "drift.png")
    assert [file.name for file in tmp_path.iterdir()] == ["drift.png"]


def test_the_same_answer_makes_the_same_file() -> None:
    report = reported.drift([reported.column("length", 0.2)])
    assert reports.png(report) == reports.png(report)


@pytest.mark.parametrize("module", ["maas_client", "maas_client.reports", "maas_client.cli.commands.drift"])
def test_matplotlib_is_imported_only_when_something_is_drawn(module: str) -> None:
    code = f"import {module}, sys; sys.exit('matplotlib' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], check=False, env={"PYTHONPATH": ":".join(sys.path)}).returncode
        == 0
    )


def test_no_picture_needs_a_window_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "tkagg")
    monkeypatch.delenv("DISPLAY", raising=False)
    assert _size(reports.png(reported.drift([])))[0] == 1000


def test_times_are_shown_in_utc() -> None:
    elsewhere = datetime(2026, 11, 30, 13, tzinfo=UTC)
    report = reported.drift([]).model_copy(update={"until": elsewhere})
    assert "2026-11-30 11:00 to 2026-11-30 13:00 UTC" in _texts(reports.draw(report))[1]
