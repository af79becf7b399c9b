"""Predictions that are kept for a while, so that feedback on them can be joined: labels and scores, and no inputs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

DAY = 86400
# A prediction is kept for so many seconds; feedback after them finds nothing.
JOIN_SECONDS = 30 * DAY
# Feedback waits for so long for a prediction that is not kept yet. A process hands its predictions on every second.
WAITING_SECONDS = 3600
# Rows of a prediction that are kept, and texts of them.
ROWS_MAX, LABEL_MAX, SEGMENT_TEXT_MAX = 100, 64, 64
# Class names of a version that are kept with each of its predictions, so that feedback may name them or their index.
NAMES_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRow:
    """One row of a prediction: a label with the scores of a classifier, or the number of a regressor.

    `confidence` is the score of the label, None if the model tells none. `scores` has the bin of each class's score
    (scores.score_bins), of 2 to SCORED_MAX classes. `segments` has values of the row's input by the names that the
    version's metadata has in `segments`.
    """

    label: str | None = None
    number: float | None = None
    confidence: float | None = None
    scores: tuple[int, ...] = ()
    segments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One prediction. `key` is the caller's own, empty without one. `names` are the version's class names by index.

    `rollout_id` and `side` are empty unless an alias under a rollout was called. `at` is in seconds since 1970.
    """

    tenant_id: str
    model_id: str
    prediction_id: str
    version: str
    at: float
    rows: tuple[KeptRow, ...]
    key: str = ""
    rollout_id: str = ""
    side: str = ""
    names: tuple[str, ...] = ()

    def named(self, label: int | str | bool) -> str:
        """The label as it is counted: the class name of an index, `true` or `false`, or the text itself."""
        return named(label, self.names)


def named(label: int | str | bool, names: tuple[str, ...]) -> str:
    """The text by which a label is counted."""
    if isinstance(label, bool):
        return names[label] if len(names) > 1 else str(int(label))
    if isinstance(label, int):
        return names[label] if 0 <= label < len(names) else str(label)
    return label
