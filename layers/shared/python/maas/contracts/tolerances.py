"""Tolerances, in bodies of rollouts and in messages to the shadow function."""

from maas.contracts.base import Body


class ToleranceBody(Body):
    """Two numbers agree if they differ by at most `absolute`, or by the part `relative` of the larger one."""

    absolute: float | None = None
    relative: float | None = None
