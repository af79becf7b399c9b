"""Feedback as its sender gives it: what a prediction should have been."""

import math
import re
from dataclasses import dataclass

from maas.domain.errors import InvalidInput, Rule
from maas.domain.feedback.kept import LABEL_MAX, ROWS_MAX, Kept, KeptRow
from maas.domain.ids import canonical_id

KEY_MAX = 256
# Numbers beyond are refused, so that sums of squares stay exact.
SCORE_MAX = 1e9
_KEY = re.compile(r"[!-~]+")
Label = int | str | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """The truth of one row of a prediction. One of `prediction_id` and `key` is set, and one of `label` and `score`.

    `label` is a class: its name, its index or a truth value. `score` is the true number of a regression.
    """

    prediction_id: str = ""
    key: str = ""
    row: int = 0
    label: Label | None = None
    score: float | None = None

    def checked(self, prefix: str = "") -> "Feedback":
        """This feedback with its id in canonical form. Raises InvalidInput, whose fields begin with `prefix`."""
        self._check_name(prefix)
        self._check_truth(prefix)
        if not 0 <= self.row < ROWS_MAX:
            raise InvalidInput.of(f"{prefix}row", Rule.RANGE, f"must be from 0 to {ROWS_MAX - 1}")
        if not self.prediction_id:
            return self
        found = canonical_id(self.prediction_id)
        if not found:
            raise InvalidInput.of(f"{prefix}prediction_id", Rule.UUID, "must be the id of a prediction")
        return Feedback(prediction_id=found, row=self.row, label=self.label, score=self.score)

    def _check_name(self, prefix: str) -> None:
        if bool(self.prediction_id) == bool(self.key):
            rule = Rule.EXCLUSIVE if self.key else Rule.REQUIRED
            raise InvalidInput.of(f"{prefix}prediction_id", rule, "one of prediction_id and key must be given")
        if self.key:
            check_key(f"{prefix}key", self.key)

    def _check_truth(self, prefix: str) -> None:
        if (self.label is None) == (self.score is None):
            rule = Rule.REQUIRED if self.label is None else Rule.EXCLUSIVE
            raise InvalidInput.of(f"{prefix}label", rule, "one of label and score must be given")
        if isinstance(self.label, str) and not 0 < len(self.label) <= LABEL_MAX:
            raise InvalidInput.of(f"{prefix}label", Rule.MAX_LENGTH, f"must have 1 to {LABEL_MAX} characters")
        if isinstance(self.label, int) and abs(self.label) >= 10**LABEL_MAX:
            raise InvalidInput.of(f"{prefix}label", Rule.RANGE, f"must have at most {LABEL_MAX} digits")
        if self.score is not None and not (math.isfinite(self.score) and abs(self.score) <= SCORE_MAX):
            raise InvalidInput.of(f"{prefix}score", Rule.RANGE, f"must be from -{SCORE_MAX:.0e} to {SCORE_MAX:.0e}")


def check_key(field: str, key: str) -> str:
    """Returns the key. Raises InvalidInput: it is not 1 to KEY_MAX visible ASCII characters."""
    if len(key) > KEY_MAX:
        raise InvalidInput.of(field, Rule.MAX_LENGTH, f"must have at most {KEY_MAX} characters")
    if not _KEY.fullmatch(key):
        raise InvalidInput.of(field, Rule.INVALID, "must be visible ASCII characters")
    return key


@dataclass(frozen=True, slots=True)
class Truth:
    """The truth as it is counted and compared: a label, or a number."""

    label: str | None
    number: float | None

    @property
    def text(self) -> str:
        """Equal for equal truths, and different for a label and a number."""
        return f"label {self.label}" if self.label is not None else f"score {self.number!r}"

    @classmethod
    def of(cls, text: str) -> "Truth":
        """The truth with this text."""
        kind, _, value = text.partition(" ")
        return cls(value, None) if kind == "label" else cls(None, float(value))


def truth_of(kept: Kept, given: Feedback, prefix: str = "") -> tuple[KeptRow, Truth]:
    """The row that feedback is on, and its truth as the prediction's model means it.

    Raises InvalidInput: the prediction has no such row, or its model predicts another kind of value.
    """
    if given.row >= len(kept.rows):
        raise InvalidInput.of(f"{prefix}row", Rule.RANGE, f"the prediction has {len(kept.rows)} kept rows")
    row = kept.rows[given.row]
    if given.score is not None:
        if row.number is None:
            raise InvalidInput.of(f"{prefix}score", Rule.TYPE, "the model predicts classes; send label")
        return row, Truth(None, float(given.score))
    if row.label is None or given.label is None:
        raise InvalidInput.of(f"{prefix}label", Rule.TYPE, "the model predicts numbers; send score")
    label = kept.named(given.label)
    if kept.names and label not in kept.names:
        raise InvalidInput.of(
            f"{prefix}label", Rule.ENUM, "must be one of the version's class_names, or an index of them"
        )
    return row, Truth(label, None)
