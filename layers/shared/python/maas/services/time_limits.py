"""Time limits of predictions, over calls of the registry that are part of them."""

import time
from types import TracebackType

from maas.domain.errors import TimedOut, Unavailable
from maas.domain.inference.outputs import TOO_LONG


class until:  # noqa: N801 - used as a statement
    """Raises TimedOut in place of an Unavailable past `end`, a time of time.monotonic().

    The registry's own error would blame the registry, which had no more time than the prediction. This is no
    generator, because each prediction runs through it.
    """

    __slots__ = ("_end",)

    def __init__(self, end: float) -> None:
        self._end = end

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _where: TracebackType | None
    ) -> None:
        if isinstance(error, Unavailable) and time.monotonic() >= self._end:
            raise TimedOut(TOO_LONG) from None
