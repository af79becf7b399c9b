"""The steps of the demo with their results and times."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.table import Table


@dataclass(slots=True)
class Step:
    """One step. The step itself sets `what`, its result."""

    name: str
    what: str = ""
    ms: float = 0.0


@dataclass(slots=True)
class Log:
    steps: list[Step] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Records the block as a step, with its time."""
        step = Step(name)
        started = time.perf_counter()
        yield step
        step.ms = round((time.perf_counter() - started) * 1000, 1)
        self.steps.append(step)

    def table(self) -> Table:
        table = Table("step", "result", title="From training to prediction")
        table.add_column("ms", justify="right")
        for step in self.steps:
            table.add_row(step.name, step.what, f"{step.ms:,.1f}")
        return table

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(step) for step in self.steps]
