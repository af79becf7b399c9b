"""The process of monitoring.py: it calls the function's handler with and without watchers, and prints a table."""

import json
import resource
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median, quantiles

from functions.inference import app
from maas.adapters.aws.captures import S3Captures
from maas.domain.capturing.captures import Capture
from maas.domain.monitoring.predictions import Predicted, PredictionWatcher
from maas.platform.environment import read
from maas.platform.settings.objects import ObjectSettings
from maas.services.capturing import CapturingPredictions
from tests.benchmarks.predict_handler_probe import timed

ROUNDS, WARM_UP = 5000, 300
WITHOUT = "without"
# Seconds between two files of captured predictions: a process has 30, which is longer than the benchmark.
CAPTURE_PAUSE = 1.0


class Captured:
    """Shows predictions to a watcher as those of a model whose owner has this share of them stored, with outputs."""

    def __init__(self, percent: float) -> None:
        objects = read(ObjectSettings)
        self._capture = Capture(percent=percent, redact=("x[1]",), keep_days=1, outputs=True)
        self._inner = CapturingPredictions(S3Captures(objects.bucket, objects.endpoint), pause=CAPTURE_PAUSE)

    def predicted(self, made: Predicted) -> None:
        self._inner.predicted(replace(made, capture=self._capture))


def main(job: Path, rounds: int) -> None:
    event = json.loads(job.read_text())["event"]
    kinds: dict[str, Sequence[PredictionWatcher]] = {
        "with monitoring": app.service._watchers,
        "with captures, share 1": (Captured(100),),
        "with captures, share 0.01": (Captured(1),),
        WITHOUT: (),
    }
    assert kinds["with monitoring"], "the function has no watcher"
    times: dict[str, list[float]] = {name: [] for name in kinds}
    memory = 0
    for number in range(-WARM_UP, rounds):
        for kind, (name, watchers) in enumerate(kinds.items()):
            app.service._watchers = watchers
            milliseconds = timed(app.handler, event, [number, 5, kind, 3])  # no result is kept from the others
            if number >= 0:
                times[name].append(milliseconds)
        if number == 0:
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
    _report(times)
    print(f"the process grew by {grown / 1024:.1f} MB", file=sys.stderr)


def _report(times: Mapping[str, Sequence[float]]) -> None:
    print("| handler | p50 | p95 | p99 | more at p50 |\n| --- | --- | --- | --- | --- |", file=sys.stderr)
    for name, values in times.items():
        parts, more = quantiles(values, n=100), median(values) - median(times[WITHOUT])
        row = f"{median(values):.4f} | {parts[94]:.4f} | {parts[98]:.4f} | {more:+.4f}"
        print(f"| {name} | {row} |", file=sys.stderr)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS)
