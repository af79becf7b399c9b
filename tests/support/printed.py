"""Measured values that a test prints: `record_property(PRINTED, text)`."""

from collections.abc import Callable

PRINTED = "printed"
Recorder = Callable[[str, object], None]
