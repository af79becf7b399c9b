"""What is kept of predictions, in whatever form their outputs are."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from maas.domain.catalog.version_settings import SEGMENTS_MAX
from maas.domain.catalog.versions import Tensor
from maas.domain.feedback.keeping import kept
from maas.domain.feedback.kept import LABEL_MAX, ROWS_MAX, Kept, KeptRow
from maas.domain.inference.outputs import Form, Output, Wanted
from maas.domain.inference.packing import packed
from maas.domain.monitoring.predictions import Predicted
from maas.domain.rollouts.routing import Assignment, Side
from tests.support.predicted import LABEL, X, predicted, version

SCORES = Tensor("scores", "float", (-1, 2))
NAMES = ["no", "yes"]


def made(outputs: Sequence[Tensor], answered: Mapping[str, Any], *, rows: int = 2, **metadata: Any) -> Predicted:
    of = version(outputs=outputs, **metadata)
    return predicted(of, {"x": [*range(2 * rows)]}, dict(answered), rows=rows)


def rows_of(found: Kept | None) -> list[KeptRow]:
    assert found is not None
    return [*found.rows]


def in_form(one: Predicted, form: Form) -> Predicted:
    """The same prediction with all outputs in another form."""
    wanted = [Wanted(each.tensor, form) for each in one.wanted]
    return replace(one, wanted=wanted, outputs={each.name: _written(one.outputs[each.name], form) for each in wanted})


def _written(output: Output, form: Form) -> Output:
    elements = output.values()
    while elements and isinstance(elements[0], list):
        elements = [each for row in elements for each in row]
    content = packed(output.dtype, elements) if form is Form.RAW else Output.of(elements).content
    return Output(content, output.shape, output.dtype)


@pytest.mark.parametrize("form", [*Form])
def test_labels_and_scores_are_those_of_every_form(form: Form) -> None:
    one = made((LABEL, SCORES), {"label": [1, 0], "scores": [[0.25, 0.75], [0.5, 0.5]]}, class_names=NAMES)
    found = kept(one if form is Form.NESTED else in_form(one, form), "order-7")
    assert rows_of(found) == [
        KeptRow(label="yes", confidence=0.75, scores=(50, 150)),
        KeptRow(label="no", confidence=0.5, scores=(100, 100)),
    ]
    assert found is not None
    assert (found.key, found.names, found.version, found.rollout_id) == ("order-7", ("no", "yes"), "1.0.0", "")


@pytest.mark.parametrize("form", [Form.FLAT, Form.RAW])
def test_numbers_are_kept_of_a_regression(form: Form) -> None:
    price = Tensor("price", "float", (-1, 1))
    found = kept(in_form(made((price,), {"price": [[1.5], [-2.5]]}), form))
    assert rows_of(found) == [KeptRow(number=1.5), KeptRow(number=-2.5)]


def test_the_largest_of_several_scores_is_the_label() -> None:
    found = kept(made((SCORES,), {"scores": [[0.25, 0.75], [0.875, 0.125]]}))
    assert [(row.label, row.confidence) for row in rows_of(found)] == [("1", 0.75), ("0", 0.875)]


def test_a_label_of_text_has_the_score_of_its_class() -> None:
    text = Tensor("label", "string", (-1,))
    one = made((text, SCORES), {"label": ["yes", "no"], "scores": [[0.75, 0.25], [0.75, 0.25]]}, class_names=NAMES)
    assert [(row.label, row.confidence) for row in rows_of(kept(one))] == [("yes", 0.25), ("no", 0.75)]


def test_whole_numbers_that_are_no_places_have_the_highest_score_and_no_classes() -> None:
    answered = {"label": [1, 2], "scores": [[0.75, 0.25], [0.125, 0.875]]}
    found = rows_of(kept(made((LABEL, SCORES), answered)))
    assert [(row.label, row.confidence, row.scores) for row in found] == [("1", 0.75, ()), ("2", 0.875, ())]
    named = rows_of(kept(made((LABEL, SCORES), answered, class_names=NAMES)))
    assert [(row.label, row.confidence) for row in named] == [("yes", 0.25), ("2", 0.875)]


def test_scores_that_are_no_probabilities_are_left_out() -> None:
    one = made((LABEL, SCORES), {"label": [1, 0], "scores": [[-3.0, 5.0], [1.0000001, 0.0]]})
    assert [row.confidence for row in rows_of(kept(one))] == [None, 1.0]


@pytest.mark.parametrize(
    ("tensor", "answer"),
    [
        (Tensor("image", "float", (-1, 2, 2)), [[[1.0, 2.0], [3.0, 4.0]]] * 2),
        (Tensor("tokens", "int64", (-1, 3)), [[1, 2, 3]] * 2),
        (Tensor("price", "float", (-1,)), [None, 1.0]),
    ],
)
def test_other_outputs_are_not_kept(tensor: Tensor, answer: Any) -> None:
    assert kept(made((tensor,), {tensor.name: answer})) is None


def test_the_first_rows_of_many_are_kept() -> None:
    found = kept(made((LABEL,), {"label": [*range(ROWS_MAX + 5)]}, rows=ROWS_MAX + 5))
    assert [row.label for row in rows_of(found)] == [str(place) for place in range(ROWS_MAX)]


def test_segments_are_columns_that_the_metadata_names() -> None:
    features, segments = ["a", "b"], ["b", "none", "a", "c"]
    one = made((LABEL,), {"label": [1, 0]}, feature_names=features, segments=segments)
    assert [row.segments for row in rows_of(kept(one))] == [{"b": "1", "a": "0"}, {"b": "3", "a": "2"}]
    assert SEGMENTS_MAX == 3


def test_a_segment_may_be_an_input_of_its_own() -> None:
    country = Tensor("country", "string", (-1,))
    of = version(inputs=(X, country), segments=["country"])
    one = predicted(of, {"x": [1, 2, 3, 4], "country": ["at", "d" * 100]}, {"label": [1, 0]}, rows=2)
    assert [row.segments for row in rows_of(kept(one))] == [{"country": "at"}, {"country": "d" * 64}]


@pytest.mark.parametrize("metadata", [{"segments": "a"}, {"segments": [1, None]}, {"class_names": [1, 2]}, {}])
def test_metadata_of_another_shape_names_nothing(metadata: dict[str, Any]) -> None:
    found = kept(made((LABEL,), {"label": [1, 0]}, **metadata))
    assert rows_of(found) == [KeptRow(label="1"), KeptRow(label="0")]


def test_a_long_label_is_cut() -> None:
    text = Tensor("label", "string", (-1,))
    found = kept(made((text,), {"label": ["a" * 100, "b"]}))
    assert [len(row.label or "") for row in rows_of(found)] == [LABEL_MAX, 1]


def test_the_side_of_a_rollout_is_kept() -> None:
    one = replace(made((LABEL,), {"label": [1, 0]}), rollout=Assignment("r1", Side.CANDIDATE))
    found = kept(one)
    assert found is not None
    assert (found.rollout_id, found.side) == ("r1", "candidate")
