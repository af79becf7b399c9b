"""How far the numbers of two versions may be apart, and still agree."""

import math
from dataclasses import dataclass
from typing import Self

from maas.domain import value_rules

# The highest ones. A relative tolerance of 1 lets a number agree with zero.
ABSOLUTE_MAX, RELATIVE_MAX = 1e9, 1.0


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Two numbers agree if they differ by at most `absolute`, or by the part `relative` of the larger one.

    With two zeros they must be equal.
    """

    absolute: float = 1e-6
    relative: float = 0.01

    @classmethod
    def of(cls, absolute: float | None, relative: float | None) -> Self:
        """The tolerance that a wire gives, checked; None is not given, which is the default.

        Raises InvalidInput (tolerance.absolute, tolerance.relative): a number is not finite or out of its range.
        """
        default = cls()
        return cls(
            default.absolute if absolute is None else absolute, default.relative if relative is None else relative
        ).checked()

    def checked(self) -> Self:
        """The tolerance itself. Raises InvalidInput, as `of` does."""
        value_rules.within("tolerance.absolute", self.absolute, 0, ABSOLUTE_MAX)
        value_rules.within("tolerance.relative", self.relative, 0, RELATIVE_MAX)
        return self

    def agree(self, one: float, other: float) -> bool:
        return math.isclose(one, other, rel_tol=self.relative, abs_tol=self.absolute)


DEFAULT_TOLERANCE = Tolerance()
