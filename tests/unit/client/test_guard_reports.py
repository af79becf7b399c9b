"""Pictures of rollouts whose guards have seen something."""

from typing import Any

import pytest
from matplotlib.figure import Figure

from maas_client import reports
from tests.support import reported


def _charts(figure: Figure) -> list[Any]:
    """The charts of a figure. matplotlib's own types are wider than what is read of them."""
    return [*figure.axes]


def _texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.texts]


def _rows(chart: Any) -> list[str]:
    return [label.get_text() for label in chart.get_yticklabels()]


def test_the_guards_of_a_rollout_show_both_sides_beside_what_the_candidate_may_have() -> None:
    figure = reports.draw(reported.judged_rollout(reported.GUARDS))
    _, *charts = _charts(figure)
    assert [chart.get_title("left") for chart in charts] == [
        "error_rate 0.02, breached; at most 3 %",
        "latency q0.9 1.5, holds; at most 3.15 ms",
        "drift 0.2, holds; at most 20 %",
        "feedback 0.5, holds; at most 2.5",
        "latency q0.5 1.25, gathering: 0 of 50 calls",
        "error_rate 0.25, holds; at most 25 %",
    ]
    assert [_rows(chart) for chart in charts[:3]] == [
        ["live: 1 %", "candidate: 4 %"],
        ["live: 2.1 ms", "candidate: 3.4 ms"],
        ["live: none", "candidate: 10 %"],
    ]
    errors, _, drift, feedback, gathering, _ = charts
    assert [*errors.lines[0].get_xdata()] == pytest.approx([3, 3])
    assert [[*each.get_offsets()[0]] for each in errors.collections[1::2]] == [[1, 0], [4, 1]]
    assert errors.get_xlim()[1] > 4.8  # the end of the candidate's bounds
    assert (drift.get_xlabel(), feedback.get_xlabel()) == ("inputs that drift (%)", "mean absolute error")
    assert [*gathering.lines] == []
    assert _texts(figure)[-1].startswith("Guards at 2026-11-30 12:25:00, in step 2: ")


def test_a_rollout_without_a_look_or_guards_has_the_chart_of_its_share_alone() -> None:
    unjudged = reported.judged_rollout([]).model_copy(update={"judgement": None})
    for each in (unjudged, reported.judged_rollout([]), reported.rollout()):
        figure = reports.draw(each)
        assert len(_charts(figure)) == 1
        assert figure.get_figheight() == reports.draw(reported.rollout()).get_figheight()
