"""The process of monitoring.py: it calls the function's handler with and without watchers, and prints a table."""

import json
import resource
import sys
from pathlib import Path
from statistics import median, quantiles

from functions.inference import app
from tests.benchmarks.predict_handler_probe import timed

ROUNDS, WARM_UP = 5000, 300


def main(job: Path, rounds: int) -> None:
    event = json.loads(job.read_text())["event"]
    watchers = app.service._watchers
    assert watchers, "the function has no watcher"
    times: dict[str, list[float]] = {"with monitoring": [], "without": []}
    memory = 0
    for number in range(-WARM_UP, rounds):
        for kind, (name, values) in enumerate(times.items()):
            app.service._watchers = watchers if name != "without" else ()
            milliseconds = timed(app.handler, event, [number, 5, kind, 3])  # no result is kept from the other
            if number >= 0:
                values.append(milliseconds)
        if number == 0:
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
    print("| handler | p50 | p95 | p99 |\n| --- | --- | --- | --- |", file=sys.stderr)
    for name, values in times.items():
        parts = quantiles(values, n=100)
        print(f"| {name} | {median(values):.4f} | {parts[94]:.4f} | {parts[98]:.4f} |", file=sys.stderr)
    more = median(times["with monitoring"]) - median(times["without"])
    print(f"monitoring costs {more:.4f} ms at p50; the process grew by {grown / 1024:.1f} MB", file=sys.stderr)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS)
